/** Wireshark's notes of one side's segments, as statements. */
import type { Certainty } from './ends.ts';
import { finding, type Finding } from './finding.ts';
import { FrameList } from './frame-list.ts';
import { FLAG, type Segment, type Side } from './segment.ts';
import type { Words } from './words.ts';
import { NOTE } from './wireshark.ts';

type NoteRule = readonly [bit: number, kind: string, certainty: Certainty, source: string];

/** Why each is not more certain: they are rules of thumb on what passed one place. */
const NOTES: readonly NoteRule[] = [
  [NOTE.retransmission, 'retransmission', 'inferred', 'RFC 6298, section 5'],
  [NOTE.fastRetransmission, 'fast-retransmission', 'inferred', 'RFC 5681, section 3.2'],
  [NOTE.spuriousRetransmission, 'spurious-retransmission', 'proven', 'RFC 9293, section 3.10.7.4'],
  [NOTE.outOfOrder, 'out-of-order', 'inferred', 'RFC 9293, section 3.4'],
  [NOTE.lostSegment, 'lost-segment', 'inferred', 'RFC 9293, section 3.4'],
  [NOTE.ackedLostSegment, 'acked-unseen', 'proven', 'RFC 9293, section 3.4'],
  [NOTE.duplicateAck, 'duplicate-ack', 'proven', 'RFC 5681, section 2'],
  [NOTE.zeroWindow, 'zero-window', 'proven', 'RFC 9293, section 3.8.6'],
  [NOTE.windowFull, 'window-full', 'proven', 'RFC 9293, section 3.8.6'],
  [NOTE.windowUpdate, 'window-update', 'proven', 'RFC 9293, section 3.8.6'],
  [NOTE.zeroWindowProbe, 'zero-window-probe', 'proven', 'RFC 9293, section 3.8.6.1'],
  [NOTE.keepAliveAck, 'keep-alive-ack', 'proven', 'RFC 9293, section 3.8.4'],
  [NOTE.reusedPorts, 'reused-ports', 'proven', 'RFC 9293, section 3.6.1'],
];

type Noted = { readonly frames: FrameList; bothSeen: boolean };

export class NoteTracker {
  readonly #side: Side;
  readonly #limit: number;
  readonly #noted = new Map<number, Noted>();

  constructor(side: Side, limit: number) {
    this.#side = side;
    this.#limit = limit;
  }

  accept(segment: Segment): void {
    if (segment.notes === 0) return;
    for (const [bit] of NOTES) {
      if (!(segment.notes & bit)) continue;
      let noted = this.#noted.get(bit);
      if (noted === undefined) {
        noted = { frames: new FrameList(this.#limit), bothSeen: true };
        this.#noted.set(bit, noted);
      }
      noted.frames.add(segment.frame);
      if (!bothCopiesSeen(segment)) noted.bothSeen = false;
    }
  }

  findings(words: Words): Finding[] {
    return NOTES.flatMap(([bit, kind, usual, source]) => {
      const noted = this.#noted.get(bit);
      if (noted === undefined) return [];
      const certainty = kind.endsWith('retransmission') && noted.bothSeen ? 'proven' : usual;
      const text = words.notes[kind]?.(noted.frames.count) ?? kind;
      return [finding(kind, certainty, this.#side, noted.frames, [text, words.noteRule], source)];
    });
  }
}

/** The capture has the bytes twice, or the same SYN or FIN: sent again, whatever the rule of thumb says. */
function bothCopiesSeen(segment: Segment): boolean {
  return segment.payloadLength > 0 ? segment.newBytes === 0 : (segment.flags & (FLAG.syn | FLAG.fin)) !== 0;
}
