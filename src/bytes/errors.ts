/**
 * The kit's one error shape. Callers branch on `code`, people read `message` and `hint`.
 *
 * `fault` says whose doing it is, which decides the exit code of a command: `usage` (2), `peer` (1),
 * `machine` (3: this machine cannot) or `kit` (70: our own bug).
 */
export type Fault = 'usage' | 'peer' | 'machine' | 'kit';

export class KitError extends Error {
  override readonly name: string = 'KitError';
  readonly code: string;
  readonly fault: Fault;
  /** One next step, in the imperative; undefined when there is nothing to do. */
  readonly hint: string | undefined;

  constructor(
    code: string,
    message: string,
    options: { fault?: Fault; hint?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.fault = options.fault ?? 'kit';
    this.hint = options.hint;
  }
}

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

/** What another process is told of a failure. */
export interface FailureWords {
  readonly code: string;
  readonly fault: Fault;
  readonly message: string;
  readonly hint: string | null;
}

/** An error in plain data; one that is no KitError is a fault of the kit, told with its stack. */
export function failureWords(error: unknown): FailureWords {
  const known = error instanceof KitError ? error : undefined;
  return {
    code: known?.code ?? 'internal',
    fault: known?.fault ?? 'kit',
    message: known?.message ?? (error instanceof Error ? (error.stack ?? error.message) : String(error)),
    hint: known?.hint ?? null,
  };
}
