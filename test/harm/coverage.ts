import { type Profiler, Session } from 'node:inspector';

const session = new Session();

/** In one thread the answer is there when `post` returns. */
function post(method: string, params: object = {}): unknown {
  let answer: { readonly value: unknown } | undefined;
  session.post(method, params, (error, value) => {
    if (error !== null) throw new Error(`${method}: ${error.message}`);
    answer = { value };
  });
  if (answer === undefined) throw new Error(`${method} did not answer`);
  return answer.value;
}

// When this is loaded, not when it is used: V8 counts the blocks of those functions only that it compiles from now on,
// which is when they are first called. And for good: what has been compiled meanwhile would not be counted a second time.
session.connect();
post('Profiler.enable');
post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });

/** A function's text, and where in it something has run already. */
interface Seen {
  readonly ran: Uint8Array;
  /** Characters that have not run yet. */
  left: number;
}

/**
 * Which parts of the wanted sources have run, block by block, as V8 itself counts (Profiler.takePreciseCoverage of
 * node:inspector). A block is as long as its text; a function that never ran counts for nothing.
 *
 * Generated code (`new Function`) has the URL ''.
 */
export class Coverage {
  readonly #wanted: (url: string) => boolean;
  readonly #seen = new Map<string, Seen>();
  /** Characters of the wanted sources that have run, in takes that counted. */
  reached = 0;

  constructor(wanted: (url: string) => boolean) {
    this.#wanted = wanted;
    // What ran until now counts for nobody.
    post('Profiler.takePreciseCoverage');
  }

  /** How many characters ran since the last take that never ran before; without `note` they stay new. */
  take({ note = true } = {}): number {
    const { result } = post('Profiler.takePreciseCoverage') as Profiler.TakePreciseCoverageReturnType;
    let fresh = 0;
    for (const { url, scriptId, functions } of result) {
      if (!this.#wanted(url)) continue;
      for (const { ranges } of functions) fresh += this.#look(scriptId, ranges, note);
    }
    if (note) this.reached += fresh;
    return fresh;
  }

  #look(scriptId: string, ranges: readonly Profiler.CoverageRange[], note: boolean): number {
    const [whole] = ranges;
    if (whole === undefined || whole.count === 0) return 0;
    const { startOffset: start, endOffset: end } = whole;
    const key = `${scriptId}:${start}-${end}`;
    const seen = this.#seen.get(key) ?? { ran: new Uint8Array(end - start), left: end - start };
    if (seen.left === 0) return 0;
    // Each range is inside of one before it, and says otherwise.
    const now = new Uint8Array(end - start);
    for (const { startOffset, endOffset, count } of ranges)
      now.fill(count > 0 ? 1 : 0, startOffset - start, endOffset - start);
    let fresh = 0;
    for (let at = 0; at < now.length; at++) if (now[at] === 1 && seen.ran[at] === 0) fresh++;
    if (!note) return fresh;
    for (let at = 0; at < now.length; at++) if (now[at] === 1) seen.ran[at] = 1;
    seen.left -= fresh;
    this.#seen.set(key, seen);
    return fresh;
  }
}
