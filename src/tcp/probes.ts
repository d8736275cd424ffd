/**
 * On the wire a zero-window probe of Linux and a keep-alive are the same: no data, a number one too low. What tells them
 * apart is the timer (the kernel's `persist` or `keepalive`), and as far as the wire shows it, the window.
 */
import { finding, type Finding } from './finding.ts';
import { FrameList } from './frame-list.ts';
import type { Segment, Side } from './segment.ts';
import type { Words } from './words.ts';
import { NOTE } from './wireshark.ts';

export class ProbeTracker {
  readonly #side: Side;
  readonly #closed: FrameList;
  readonly #alive: FrameList;
  #otherWindow = -1;

  constructor(side: Side, limit: number) {
    this.#side = side;
    this.#closed = new FrameList(limit);
    this.#alive = new FrameList(limit);
  }

  accept(segment: Segment): void {
    if (segment.side !== this.#side) this.#otherWindow = segment.window;
    else if (segment.notes & NOTE.keepAlive)
      (this.#otherWindow === 0 ? this.#closed : this.#alive).add(segment.frame);
  }

  findings(words: Words): Finding[] {
    const findings: Finding[] = [];
    if (this.#closed.count > 0) {
      const source = 'RFC 9293, section 3.8.6.1';
      findings.push(
        finding('zero-window-probe', 'ambiguous', this.#side, this.#closed, words.zeroWindowProbe, source),
      );
    }
    if (this.#alive.count > 0) {
      const source = 'RFC 9293, section 3.8.4';
      findings.push(finding('keep-alive', 'inferred', this.#side, this.#alive, words.keepAlive, source));
    }
    return findings;
  }
}
