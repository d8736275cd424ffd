/** A statement about a connection. */
import type { Certainty } from './ends.ts';
import type { FrameList } from './frame-list.ts';
import type { Side } from './segment.ts';

export interface Finding {
  /** Machine-readable name: `delayed-ack`. */
  readonly kind: string;
  readonly certainty: Certainty;
  /** Whose doing it is. */
  readonly side: Side | undefined;
  readonly frames: readonly number[];
  /** How many frames it rests on; `frames` may list only the first of very many, and `lastFrame` is the last. */
  readonly frameCount: number;
  readonly lastFrame: number;
  /** One sentence for people. */
  readonly text: string;
  /** How it was decided. */
  readonly rule: string;
  /** Where the rule stands. */
  readonly source: string;
}

export function finding(
  kind: string,
  certainty: Certainty,
  side: Side | undefined,
  frames: readonly number[] | FrameList,
  [text, rule]: readonly [text: string, rule: string],
  source: string,
): Finding {
  const list = 'count' in frames ? frames : { frames, count: frames.length, last: frames.at(-1) ?? 0 };
  const base = { kind, certainty, side, text, rule, source };
  return { ...base, frames: list.frames, frameCount: list.count, lastFrame: list.last };
}
