/** What a command is: one row of the table from which calls, help, TAB, the menu and docs/REPL.md are made. */
import { KitError } from '../bytes/index.ts';
import type { CallOptions, Session } from './session.ts';

/** What TAB offers for an argument; `text` and `value` are the user's own. */
export type ArgumentKind = 'client' | 'event' | 'command' | 'address' | 'text' | 'value';

export interface Command {
  readonly name: string;
  /** As one calls it: `send(to, text, options?)`. */
  readonly signature: string;
  /** One line. */
  readonly help: string;
  /** What it gives, how it can fail, what then. */
  readonly about: string;
  readonly example: string;
  readonly arguments: readonly ArgumentKind[];
  readonly options: Readonly<Record<string, string>>;
  readonly run: (session: Session, args: readonly unknown[], call: CallOptions) => unknown;
}

export const REQUEST_OPTIONS = {
  timeoutMs: 'give up after so many milliseconds',
  signal: 'an AbortSignal that cancels the request',
} as const;

/** The options object of a call, with the run's own signal: either of the two cancels. */
export function callOptions(command: string, value: unknown, call: CallOptions): CallOptions {
  if (value === undefined) return call;
  if (typeof value !== 'object' || value === null) throw wrongCall(command, 'its options are an object');
  const { timeoutMs, signal } = value as { timeoutMs?: unknown; signal?: unknown };
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs > 0)) {
    throw wrongCall(command, 'timeoutMs is a number above 0');
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw wrongCall(command, 'signal is an AbortSignal');
  }
  const signals = [signal, call.signal].filter((one) => one !== undefined);
  return {
    ...(signals.length === 0 ? {} : { signal: AbortSignal.any(signals) }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

/** The user called a command in a way that it is not meant to be called. */
export function wrongCall(command: string, text: string): KitError {
  return new KitError('wrong-call', `${command}: ${text}`, {
    fault: 'usage',
    hint: `Type help(${command}) for an example.`,
  });
}
