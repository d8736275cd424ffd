/**
 * Connections that are over, in the order in which they ended. Some wait here, because a segment may still come of them (a
 * FIN sent again because its last ACK was lost). Then they are told and only their names are kept, as a kernel keeps a
 * small record for TIME-WAIT, so that a straggler does not open a connection of its own.
 */
import type { Connection } from './connection.ts';
import type { FourTuple } from './four-tuple.ts';

/** Twice the maximum segment lifetime (RFC 9293, section 3.4.2: MSL is two minutes). */
const FORGET_AFTER_NS = 240e9;
const MAX_WAITING = 1000;
const MAX_NAMES = 16_384;
/** Names are forgotten many at a time: a map from whose front one was taken is slow to begin again. */
const BATCH = 1024;

/** What is left of a connection that has been told: enough to know its segments, and a SYN that is a new one's. */
export class Gone {
  readonly id: number;
  readonly tuple: FourTuple;
  readonly directions: readonly [Base, Base];

  constructor({ id, tuple, directions: [out, back] }: Connection) {
    this.id = id;
    this.tuple = tuple;
    this.directions = [
      { hasBase: out.hasBase, baseSeq: out.baseSeq },
      { hasBase: back.hasBase, baseSeq: back.baseSeq },
    ];
  }

  get hash(): number {
    return this.tuple.hash;
  }
}

interface Base {
  readonly hasBase: boolean;
  readonly baseSeq: number;
}

interface Waiting {
  /** The capture's time at which it ended. */
  readonly sinceNs: number;
  readonly segments: number;
}

export class OverQueue {
  /** Maps give their entries in the order in which they came. */
  readonly #waiting = new Map<Connection, Waiting>();
  #segments = 0;
  readonly #maxSegments: number;
  readonly #names = new Map<Gone, number>();
  #added = 0;
  readonly #letGo: (connection: Connection) => Gone;
  readonly #forget: (gone: Gone) => void;

  /** `maxSegments`: how many segments those that wait may have together. */
  constructor(maxSegments: number, letGo: (connection: Connection) => Gone, forget: (gone: Gone) => void) {
    this.#maxSegments = maxSegments;
    this.#letGo = letGo;
    this.#forget = forget;
  }

  add(connection: Connection, nowNs: number): void {
    if (this.#waiting.has(connection)) return;
    const [out, back] = connection.directions;
    const segments = out.segments + back.segments;
    this.#waiting.set(connection, { sinceNs: nowNs, segments });
    this.#segments += segments;
    for (const [each, { sinceNs, segments: held }] of this.#waiting) {
      const few = this.#waiting.size <= MAX_WAITING && this.#segments <= this.#maxSegments;
      if (few && nowNs - sinceNs < FORGET_AFTER_NS) break;
      this.#waiting.delete(each);
      this.#segments -= held;
      this.#names.set(this.#letGo(each), nowNs);
    }
    if (++this.#added % BATCH > 0) return;
    for (const [gone, sinceNs] of this.#names) {
      if (this.#names.size <= MAX_NAMES && nowNs - sinceNs < FORGET_AFTER_NS) break;
      this.#names.delete(gone);
      this.#forget(gone);
    }
  }

  /** Another connection took its addresses and ports. */
  forget(gone: Gone): void {
    this.#names.delete(gone);
  }

  /** What is to be told at the capture's end, by number: those that wait, and those that are open. */
  leave(open: readonly (Connection | Gone)[]): Connection[] {
    const connections = open.filter((each): each is Connection => !(each instanceof Gone));
    return [...new Set([...this.#waiting.keys(), ...connections])].sort((a, b) => a.id - b.id);
  }
}
