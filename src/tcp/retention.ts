/** How much of a connection is kept for its story, so that a long one takes no more memory than a short one. */
import { EVERYTHING, type Edges } from './head-tail.ts';

export interface Retention {
  readonly segments: Edges;
  readonly events: Edges;
  readonly messages: Edges;
  /** How many frame numbers a statement lists; the others are counted. */
  readonly frames: number;
  /** Whether the kept segments keep their payload, too. */
  readonly payloads: boolean;
}

export const KEEP_ALL: Retention = {
  segments: EVERYTHING,
  events: EVERYTHING,
  messages: EVERYTHING,
  frames: Number.POSITIVE_INFINITY,
  payloads: true,
};

/** What a page can show. */
export const KEEP_FOR_PAGE: Retention = {
  segments: { head: 24, tail: 12 },
  events: { head: 40, tail: 20 },
  messages: { head: 8, tail: 0 },
  frames: 1000,
  payloads: false,
};

/** What a program is likely to want; it can ask for all. */
export const KEEP_FOR_JSON: Retention = {
  segments: { head: 500, tail: 500 },
  events: { head: 500, tail: 500 },
  messages: { head: 500, tail: 500 },
  frames: 1000,
  payloads: true,
};
