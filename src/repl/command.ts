/** What a command is: one row of the table from which calls, help, TAB, the menu and docs/REPL.md are made. */
import { KitError, text, type Text } from '../bytes/index.ts';
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
  if (typeof value !== 'object' || value === null)
    throw wrongCall(command, text('its options are an object', '选项应是一个对象'));
  const { timeoutMs, signal } = value as { timeoutMs?: unknown; signal?: unknown };
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs > 0)) {
    throw wrongCall(command, text('timeoutMs is a number above 0', 'timeoutMs 应是大于 0 的数'));
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw wrongCall(command, text('signal is an AbortSignal', 'signal 应是 AbortSignal'));
  }
  const signals = [signal, call.signal].filter((one) => one !== undefined);
  return {
    ...(signals.length === 0 ? {} : { signal: AbortSignal.any(signals) }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
  };
}

/** The user called a command in a way that it is not meant to be called. */
export function wrongCall(command: string, what: Text): KitError {
  return new KitError('wrong-call', text(`${command}: ${what.en}`, `${command}：${what.zh}`), {
    fault: 'usage',
    hint: text(`Type help(${command}) for an example.`, `输入 help(${command}) 看示例。`),
  });
}
