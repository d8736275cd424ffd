import { same, type Text } from './text.ts';

/**
 * The kit's one error shape. Callers branch on `code`, people read `message` and `hint`.
 *
 * `fault` says whose doing it is, which decides the exit code of a command: `usage` (2), `peer` (1),
 * `machine` (3: this machine cannot) or `kit` (70: our own bug).
 */
export type Fault = 'usage' | 'peer' | 'machine' | 'kit';

interface Options<Words> {
  /** One next step, in the imperative. */
  readonly hint?: Words;
  readonly cause?: unknown;
}

/**
 * Sentence and hint are given in both languages, since a student may read them; `message` and `hint`, which logs, JSON and
 * tests see, are the English ones, and `words` has both. Only a fault of our own is told in English
 * alone: it is for us.
 */
export class KitError extends Error {
  override readonly name: string = 'KitError';
  readonly code: string;
  readonly fault: Fault;
  /** One next step, in the imperative; undefined when there is nothing to do. */
  readonly hint: string | undefined;
  /** Not enumerable: whoever prints the error as an object has read it in `message` already. */
  readonly #words: ErrorWords;

  constructor(code: string, sentence: string, options?: Options<string> & { readonly fault?: 'kit' });
  constructor(code: string, sentence: Text, options: Options<Text> & { readonly fault: Fault });
  constructor(
    code: string,
    sentence: string | Text,
    options: Options<string | Text> & { readonly fault?: Fault } = {},
  ) {
    const [message, hint] = [both(sentence), options.hint === undefined ? undefined : both(options.hint)];
    super(message.en, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fault = options.fault ?? 'kit';
    this.hint = hint?.en;
    this.#words = { message, hint };
  }

  get words(): ErrorWords {
    return this.#words;
  }
}

/** What people read of an error. */
export interface ErrorWords {
  readonly message: Text;
  readonly hint: Text | undefined;
}

const both = (words: string | Text): Text => (typeof words === 'string' ? same(words) : words);

/** Process exit codes, the same for every command. */
export const EXIT = { ok: 0, failed: 1, usage: 2, machine: 3, kit: 70 } as const;

/** The exit code that an error stands for; anything that is not a `KitError` is our own bug. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof KitError)) return EXIT.kit;
  switch (error.fault) {
    case 'usage':
      return EXIT.usage;
    case 'peer':
      return EXIT.failed;
    case 'machine':
      return EXIT.machine;
    case 'kit':
      return EXIT.kit;
    default:
      return assertNever(error.fault);
  }
}

/** The end of every exhaustive switch: the type checker proves that it is not reached. */
export function assertNever(value: never): never {
  throw new KitError('unreachable', `unexpected value ${JSON.stringify(value)}`);
}

/** What another process is told of a failure; it makes the error again with `failureFrom`. */
export interface FailureWords {
  readonly code: string;
  readonly fault: Fault;
  readonly message: Text;
  readonly hint: Text | null;
}

/** An error in plain data; one that is no KitError is a fault of the kit, told with its stack. */
export function failureWords(error: unknown): FailureWords {
  if (error instanceof KitError) {
    const { code, fault, words } = error;
    return { code, fault, message: words.message, hint: words.hint ?? null };
  }
  const message = same(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return { code: 'internal', fault: 'kit', message, hint: null };
}

export function failureFrom({ code, fault, message, hint }: FailureWords): KitError {
  return new KitError(code, message, { fault, ...(hint === null ? {} : { hint }) });
}
