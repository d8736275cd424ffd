/**
 * Runs what was typed: statement by statement, with `await`, with names that stay, and so that it can be stopped.
 *
 * There is no terminal here, no standard input and no output: the interactive REPL, `-e`, script files and a notebook
 * kernel use the same class.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { constants, Script } from 'node:vm';
import { KitError, text, type Text } from '../bytes/index.ts';
import { mayTakeLong, rewrite, type Rewritten } from './rewrite.ts';
import { forgottenAwait, unknownName } from './slip.ts';
import { endsTooEarly, Incomplete, parseInput, type Parsed, type Statement } from './syntax.ts';
import { hideOwnWarning } from './own-warning.ts';

/** The names that code sees: commands, variables, `_`. A plain object; the evaluator's owner fills it. */
export type Scope = Record<string, unknown>;

export interface RunOptions {
  /** Names the place in errors: `prompt`, `-e`, a path. */
  readonly file: string;
  /** Aborted: the run rejects at once with code `interrupted`, and so does every command that it started. */
  readonly signal?: AbortSignal;
  /** Called after each statement that has a value, in order; `quiet` is an assignment. */
  readonly onValue?: (value: unknown, about: { readonly line: number; readonly quiet: boolean }) => void;
  /**
   * Code that never waits can be stopped only by a real SIGINT. With this, such code is; the function is called around
   * each synchronous part, so that a terminal can let Ctrl-C be a signal for so long.
   */
  readonly interruptible?: <T>(part: () => T) => T;
  /** Functions of the scope that return at once. A statement that calls no others needs no `interruptible`. */
  readonly quick?: (name: string) => boolean;
  /** Called when a statement ran, but most likely not as it was meant: a promise in the place of its value. */
  readonly onSlip?: (sentence: Text) => void;
}

/** What a run's own commands can see of it. */
interface Run {
  readonly signal: AbortSignal | undefined;
}

const runs = new AsyncLocalStorage<Run>();

/** The signal of the run that the caller is part of, also behind an `await`: one Ctrl-C stops exactly its own work. */
export function currentSignal(): AbortSignal | undefined {
  return runs.getStore()?.signal;
}

/** Runs `part` as no part of any run: for what happens later, such as a message that came in. */
export function detached<T>(part: () => T): T {
  return runs.exit(part);
}

export class Evaluator {
  readonly scope: Scope;
  #last: unknown = undefined;
  #lastError: unknown = undefined;

  constructor(scope: Scope = Object.create(null) as Scope) {
    hideOwnWarning();
    this.scope = scope;
    scope['_'] = undefined;
    scope['_error'] = undefined;
  }

  /**
   * Parses without running. Throws `Incomplete` or a `KitError` with code `syntax`; with `final` there is nothing more
   * to come, and an input that ends too early is an error like any other.
   */
  parse(typed: string, file: string, { final = false }: { final?: boolean } = {}): Parsed {
    try {
      return parseInput(typed, file);
    } catch (problem) {
      if (final && problem instanceof Incomplete) throw endsTooEarly(typed, file);
      throw problem;
    }
  }

  /**
   * Runs `input` and resolves with the value of its last statement (undefined when that is no expression).
   *
   * Top-level expressions are waited for, so `time()` and `await time()` give the same. Rejects with whatever the code
   * threw; `lineOf` tells where. Statements before the failing one have happened.
   */
  async run(input: string | Parsed, options: RunOptions): Promise<unknown> {
    const parsed = typeof input === 'string' ? this.parse(input, options.file) : input;
    try {
      const value = await runs.run({ signal: options.signal }, () => this.#statements(parsed, options));
      if (value !== undefined && this.scope['_'] === this.#last) this.scope['_'] = this.#last = value;
      return value;
    } catch (error) {
      if (this.scope['_error'] === this.#lastError) this.scope['_error'] = this.#lastError = error;
      throw error;
    }
  }

  async #statements(parsed: Parsed, options: RunOptions): Promise<unknown> {
    let last: unknown;
    for (const statement of inOrder(parsed.statements)) {
      const rewritten = rewrite(statement, parsed.source);
      for (const name of rewritten.names) this.#declare(name, rewritten.result === 'quiet');
      const line = statement.loc?.start.line ?? 1;
      const slip = forgottenAwait(statement, parsed.source, this.scope);
      try {
        const outcome = await this.#statement(rewritten, statement, options);
        last = outcome?.value;
        if (outcome) options.onValue?.(outcome.value, { line, quiet: rewritten.result === 'quiet' });
        if (slip !== undefined) options.onSlip?.(slip);
      } catch (error) {
        if (typeof error === 'object' && error !== null && !lines.has(error)) {
          lines.set(error, line);
          const hint = error instanceof ReferenceError ? unknownName(statement, this.scope) : slip;
          if (hint !== undefined && !(error instanceof KitError)) hints.set(error, hint);
        }
        throw error;
      }
    }
    return last;
  }

  /** An assignment to a name that nobody declared makes a variable of the session, not of the whole process. */
  #declare(name: string, byAssignment: boolean): void {
    if (name in this.scope || (byAssignment && name in globalThis)) return;
    this.scope[name] = undefined;
  }

  async #statement(rewritten: Rewritten, statement: Statement, options: RunOptions): Promise<Outcome> {
    const { signal } = options;
    if (signal?.aborted) throw interrupted();
    const prefix = `(async function ${STATEMENT}() { with (this) { `;
    const start = statement.loc?.start ?? { line: 1, column: 0 };
    const script = new Script(
      `${prefix}${rewritten.code}\n}}).call(globalThis[Symbol.for('chat-repl.scope')])`,
      {
        filename: options.file,
        lineOffset: start.line - 1,
        columnOffset: start.column - prefix.length - rewritten.shift,
        importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      },
    );
    const { interruptible, quick = () => false } = options;
    const work =
      interruptible && mayTakeLong(statement, quick)
        ? interruptible(() => this.#begin(script, true))
        : this.#begin(script, false);
    if (!signal) return work;
    // Code that ignores its signal is left behind, not waited for; its late failure is nobody's news.
    return new Promise((resolve, reject) => {
      if (signal.aborted) reject(interrupted());
      const stop = (): void => reject(interrupted());
      signal.addEventListener('abort', stop, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    });
  }

  /** The scope is handed over by a global that exists only while the first, synchronous part runs. */
  #begin(script: Script, breakOnSigint: boolean): Promise<Outcome> {
    const key = Symbol.for('chat-repl.scope');
    const place = globalThis as unknown as Record<symbol, unknown>;
    const outer = place[key];
    place[key] = this.scope;
    try {
      return script.runInThisContext({ breakOnSigint, displayErrors: false }) as Promise<Outcome>;
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') throw interrupted();
      throw error;
    } finally {
      if (outer === undefined) Reflect.deleteProperty(place, key);
      else place[key] = outer;
    }
  }
}

/** The name that a top-level statement has in stacks: what is below it is ours. */
export const STATEMENT = '__statement';

type Outcome = { readonly value: unknown } | undefined;

const lines = new WeakMap<object, number>();

/** The line of the top-level statement that threw `error`, counted from 1; undefined when it did not come from a run. */
export function lineOf(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null ? lines.get(error) : undefined;
}

const hints = new WeakMap<object, Text>();

/** What its writer most likely meant, for an error that a run of the user's own code threw. */
export function slipBehind(error: unknown): Text | undefined {
  return typeof error === 'object' && error !== null ? hints.get(error) : undefined;
}

/** Functions first: a script may call what it declares further down. */
function inOrder(statements: readonly Statement[]): readonly Statement[] {
  const isFunction = (one: Statement): boolean => one.type === 'FunctionDeclaration';
  return [...statements.filter(isFunction), ...statements.filter((one) => !isFunction(one))];
}

function interrupted(): KitError {
  return new KitError('interrupted', text('interrupted', '已中断'), { fault: 'peer' });
}
