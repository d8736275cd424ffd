/** Lines of generated code, indented as they are nested. Nothing but `js` literals and checked names goes in. */
export class Emitter {
  readonly #lines: string[] = [];
  #depth = 0;
  #names = 0;

  line(text: string): void {
    this.#lines.push('  '.repeat(this.#depth) + text);
  }

  /** `head {` … `}` around what `body` emits. */
  block(head: string, body: () => void): void {
    this.line(`${head} {`);
    this.#depth++;
    body();
    this.#depth--;
    this.line('}');
  }

  /** A variable name that is not in use. */
  fresh(prefix: string): string {
    return `${prefix}${this.#names++}`;
  }

  toString(): string {
    return this.#lines.join('\n');
  }
}

/** A value as a literal of generated code. Descriptions reach the code only through here. */
export const js = (value: string | number | boolean | readonly (string | number)[]): string =>
  JSON.stringify(value);

/** `p + 3`, or `p` for nothing to add; `p + 3` and 4 make `p + 7`. */
export function plus(base: string, offset: number): string {
  const [, start = base, already = '0'] = /^(\w+) \+ (\d+)$/.exec(base) ?? [];
  const sum = Number(already) + offset;
  return sum === 0 ? start : `${start} + ${sum}`;
}

/** Maps and byte strings that generated code refers to as `k[n]`, since they have no literal. */
export class Constants {
  readonly values: unknown[] = [];

  add(value: unknown): string {
    const known = this.values.indexOf(value);
    return `k[${known < 0 ? this.values.push(value) - 1 : known}]`;
  }
}
