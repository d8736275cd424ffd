/** How the connection began, as a statement. */
import type { Connection } from './connection.ts';
import { finding, type Finding } from './finding.ts';
import { FrameList } from './frame-list.ts';
import { FLAG, type Segment } from './segment.ts';
import type { Words } from './words.ts';

const SOURCE = 'RFC 9293, section 3.5';

export class OpeningTracker {
  readonly #syns: FrameList;

  constructor(limit: number) {
    this.#syns = new FrameList(limit);
  }

  accept(segment: Segment): void {
    if ((segment.flags & (FLAG.syn | FLAG.ack)) === FLAG.syn) this.#syns.add(segment.frame);
  }

  findings(connection: Connection, words: Words): Finding[] {
    const { syn, synAck, ack, simultaneous, complete } = connection.handshake;
    if (simultaneous) {
      return [
        finding('simultaneous-open', 'proven', undefined, [syn, synAck], words.simultaneousOpen, SOURCE),
      ];
    }
    if (complete) {
      return [finding('handshake', 'proven', undefined, [syn, synAck, ack], words.handshake, SOURCE)];
    }
    if (synAck === 0 && this.#syns.count > 0 && connection.close.resets.length === 0) {
      const text = words.synUnanswered(this.#syns.count);
      return [finding('syn-unanswered', 'proven', 0, this.#syns, text, SOURCE)];
    }
    if (syn !== 0) return [];
    return [finding('late-start', 'proven', undefined, [connection.firstFrame], words.lateStart, SOURCE)];
  }
}
