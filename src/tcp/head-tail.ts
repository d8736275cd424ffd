/** The first and the last of many: what is between is let go and counted. */
export interface Edges {
  readonly head: number;
  readonly tail: number;
}

export const EVERYTHING: Edges = { head: Number.POSITIVE_INFINITY, tail: 0 };

export interface Shown<T> {
  readonly head: readonly T[];
  /** The last of those that are hidden; undefined when none is. */
  readonly lastHidden: T | undefined;
  readonly tail: readonly T[];
}

export class HeadTail<T> {
  readonly #span: Edges;
  readonly #first: T[] = [];
  /** One more than is shown: one that is hidden takes as much room as the line that would stand for it. */
  #last: T[] = [];
  #oldest = 0;
  #dropped = 0;

  constructor(span: Edges) {
    this.#span = span;
  }

  /** Answers with what had to go. */
  push(item: T): T | undefined {
    if (this.#first.length < this.#span.head) {
      this.#first.push(item);
      return undefined;
    }
    if (this.#last.length <= this.#span.tail) {
      this.#last.push(item);
      return undefined;
    }
    const gone = this.#last[this.#oldest];
    this.#last[this.#oldest] = item;
    this.#oldest = (this.#oldest + 1) % this.#last.length;
    this.#dropped++;
    return gone;
  }

  get first(): T | undefined {
    return this.#first[0] ?? this.#last[this.#oldest];
  }

  get hidden(): number {
    return this.#dropped === 0 ? 0 : this.#dropped + 1;
  }

  get shown(): Shown<T> {
    const last = [...this.#last.slice(this.#oldest), ...this.#last.slice(0, this.#oldest)];
    if (this.#dropped === 0) return { head: [...this.#first, ...last], lastHidden: undefined, tail: [] };
    return { head: this.#first, lastHidden: last[0], tail: last.slice(1) };
  }

  /** All that is there, the latest first. */
  *latestFirst(): Generator<T, void, undefined> {
    const { head, lastHidden, tail } = this.shown;
    yield* tail.toReversed();
    if (lastHidden !== undefined) yield lastHidden;
    yield* head.toReversed();
  }
}
