/** A connection's segments as far as they are kept, and what those between the first and the last amount to. */
import { refusedEnds } from './ends.ts';
import { HeadTail, type Edges } from './head-tail.ts';
import type { Segment, Side } from './segment.ts';

export interface HiddenSegments {
  readonly segments: number;
  readonly firstFrame: number;
  readonly lastFrame: number;
  /** By side: segments, and new bytes that they brought. */
  readonly counts: readonly [number, number];
  readonly bytes: readonly [number, number];
  /** States after the last of them, as in `segment.ends`. */
  readonly ends: number;
}

export class SegmentLog {
  readonly #kept: HeadTail<Segment>;
  readonly #counts: [number, number] = [0, 0];
  readonly #bytes: [number, number] = [0, 0];
  #firstFrame = 0;
  #lastGone = 0;

  constructor(span: Edges) {
    this.#kept = new HeadTail(span);
  }

  /** Keeps the segment; answers with one that is no longer needed. */
  push(segment: Segment): Segment | undefined {
    const gone = this.#kept.push(segment);
    if (gone === undefined) return undefined;
    this.#count(gone, this.#counts, this.#bytes);
    this.#firstFrame ||= gone.frame;
    this.#lastGone = gone.frame;
    return gone;
  }

  /** The last frame that is gone, 0 when none is. */
  get lastGone(): number {
    return this.#lastGone;
  }

  get first(): Segment | undefined {
    return this.#kept.first;
  }

  get shown(): { head: readonly Segment[]; hidden: HiddenSegments | undefined; tail: readonly Segment[] } {
    const { head, lastHidden, tail } = this.#kept.shown;
    if (lastHidden === undefined) return { head, hidden: undefined, tail };
    const counts: [number, number] = [...this.#counts];
    const bytes: [number, number] = [...this.#bytes];
    this.#count(lastHidden, counts, bytes);
    const { frame: lastFrame, ends } = lastHidden;
    const firstFrame = this.#firstFrame;
    return {
      head,
      hidden: { segments: this.#kept.hidden, firstFrame, lastFrame, counts, bytes, ends },
      tail,
    };
  }

  /** A RST refused the connection: the responder never was in SYN-RECEIVED. */
  refuse(): void {
    for (const segment of this.#kept.latestFirst()) segment.ends = refusedEnds(segment.ends);
  }

  #count(segment: Segment, counts: [number, number], bytes: [number, number]): void {
    const side: Side = segment.side;
    counts[side]++;
    bytes[side] += segment.newBytes;
  }
}
