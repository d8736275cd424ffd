/** How the connection ended, as statements: the close's shape, half-close, RST and why, FINs that nobody answered. */
import type { Close } from './close.ts';
import type { Connection } from './connection.ts';
import { unpackEnds } from './ends.ts';
import { finding, type Finding } from './finding.ts';
import { FrameList } from './frame-list.ts';
import { FLAG, otherSide, type Segment, type Side } from './segment.ts';
import type { Words } from './words.ts';
import { NOTE } from './wireshark.ts';

const CLOSING = 'RFC 9293, section 3.6';
/** So many segments into silence make a lost peer likely. */
const SILENT_AFTER = 3;

export class EndingTracker {
  /** The segments that one side has sent since the other was last heard, and how many of them were no news. */
  #talker: Side | undefined;
  readonly #quiet: FrameList;
  #repeated = 0;
  /** By side: the states after its latest FIN, packed; -1 without one. */
  readonly #endsAfterFin: [number, number] = [-1, -1];

  constructor(limit: number) {
    this.#quiet = new FrameList(limit);
  }

  accept(segment: Segment): void {
    if (segment.side !== this.#talker) {
      this.#talker = segment.side;
      this.#quiet.clear();
      this.#repeated = 0;
    }
    this.#quiet.add(segment.frame);
    if (segment.notes & (NOTE.retransmission | NOTE.keepAlive)) this.#repeated++;
    if (segment.flags & FLAG.fin) this.#endsAfterFin[segment.side] = segment.ends;
  }

  findings(connection: Connection, words: Words): Finding[] {
    const { close } = connection;
    return [
      ...shape(close, words),
      ...halfClose(close, words),
      ...close.resets.map(({ reason, certainty, side, frame, source }) =>
        finding(`reset-${reason}`, certainty, side, [frame], words.resets[reason], source),
      ),
      ...this.#unanswered(close, words),
      ...this.#silence(close, words),
      ...timeWait(connection, words),
    ];
  }

  /** FINs sent again and again: whether the first ever arrived, this capture cannot say. */
  #unanswered(close: Close, words: Words): Finding[] {
    return close.fins
      .filter((fin) => fin.ackFrame === undefined && fin.resent.length > 0)
      .map((fin) => {
        const { state } = unpackEnds(this.#endsAfterFin[fin.side])[otherSide(fin.side)];
        const text = words.finUnanswered(fin.resent.length + 1, state);
        const source = 'RFC 9293, section 3.8.1';
        return finding('fin-unanswered', 'inferred', fin.side, [fin.frame, ...fin.resent], text, source);
      });
  }

  /** One side talks and the other says nothing more: a cable pulled, a host gone; its FIN, if any, never came by. */
  #silence(close: Close, words: Words): Finding[] {
    if (this.#talker === undefined || this.#repeated < SILENT_AFTER) return [];
    if (close.resets.some(({ reason }) => reason === 'refused')) return [];
    const silent = otherSide(this.#talker);
    if (close.fins.some((fin) => fin.side === silent)) return [];
    const text = words.peerSilent(SILENT_AFTER);
    return [finding('peer-silent', 'inferred', silent, this.#quiet, text, 'RFC 9293, section 3.8.3')];
  }
}

function shape(close: Close, words: Words): Finding[] {
  switch (close.shape) {
    case 'four-segments':
    case 'three-segments':
    case 'simultaneous':
    case 'unfinished':
    case 'half-closed': {
      const side = close.shape === 'simultaneous' ? undefined : close.first;
      const text = [words.closes[close.shape], words.closeRule] as const;
      return [finding('close', 'proven', side, close.frames, text, CLOSING)];
    }
    case 'open':
      return [finding('open-end', 'proven', undefined, [], words.openEnd, CLOSING)];
    case 'reset':
      return [];
  }
}

function halfClose({ halfClose: half, fins }: Close, words: Words): Finding[] {
  const first = fins[0];
  if (half === undefined || first === undefined) return [];
  const frames = [first.frame, ...(first.ackFrame === undefined ? [] : [first.ackFrame])];
  return [finding('half-close', 'proven', first.side, frames, words.halfClose(half.bytes), CLOSING)];
}

function timeWait(connection: Connection, words: Words): Finding[] {
  return connection.inTimeWait.map((side) => {
    const { certainty } = connection.ends[side];
    const frames = connection.close.frames.slice(-1);
    return finding(
      'time-wait',
      certainty,
      side,
      frames,
      words.timeWait(certainty),
      'RFC 9293, section 3.6.1',
    );
  });
}
