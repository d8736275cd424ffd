/**
 * Calls between processes: one request, one answer, as JSON over Node's IPC channel. JSON because both ends may be
 * different versions of Node; what JSON lacks (bytes, dates, undefined, bigint) is written as an object of one key.
 */
import { Buffer } from 'node:buffer';
import { z } from 'zod';
import { english, failureFrom, failureWords, KitError, text } from '../../bytes/index.ts';
import { describeEnd, type HostProcess } from '../../host/index.ts';

const REQUEST = z.object({ id: z.number(), method: z.string(), args: z.unknown() });
const TEXT = z.object({ en: z.string(), zh: z.string() });
const FAILURE = z.object({
  code: z.string(),
  message: TEXT,
  fault: z.enum(['usage', 'peer', 'machine', 'kit']),
  hint: TEXT.nullable(),
});
const ANSWER = z.union([
  z.object({ id: z.number(), value: z.unknown() }),
  z.object({ id: z.number(), failure: FAILURE }),
]);

export type Methods = Readonly<Record<string, (...args: never[]) => unknown>>;

/** Answers requests of the parent process with `methods`, and ends with it. */
export function serveParent(methods: Methods): void {
  const say = (message: object): void => void process.send?.(message);
  process.on('message', (message: unknown) => {
    const { id, method, args } = REQUEST.parse(message);
    const call = (): unknown => {
      const found = Object.hasOwn(methods, method) ? methods[method] : undefined;
      if (found === undefined) throw new KitError('no-method', `there is no ${method}`);
      return found(...(decode(args) as never[]));
    };
    Promise.resolve()
      .then(call)
      .then(
        (value) => say({ id, value: encode(value) }),
        (error: unknown) => say({ id, failure: failureWords(error) }),
      );
  });
  process.on('disconnect', () => process.exit(0));
  say({ id: 0, value: 'ready' });
}

/** The other end of `serveParent`. */
export class Caller {
  readonly process: HostProcess;
  /** Resolves when the program listens; rejects when it ends before. */
  readonly ready: Promise<unknown>;
  readonly #open = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  #last = 0;

  constructor(process: HostProcess, what: string) {
    this.process = process;
    this.ready = new Promise((resolve, reject) => this.#open.set(0, { resolve, reject }));
    process.onMessage((message) => {
      const answer = ANSWER.parse(message);
      const waiting = this.#open.get(answer.id);
      this.#open.delete(answer.id);
      if ('failure' in answer) waiting?.reject(failureFrom(answer.failure));
      else waiting?.resolve(decode(answer.value));
    });
    void process.ended.then((end) => {
      const words = process.errors.text.trim().split('\n').slice(-3).join('\n');
      const text = `${what} ended (${describeEnd(end)})${words === '' ? '' : `: ${words}`}`;
      for (const { reject } of this.#open.values())
        reject(new KitError('process-gone', english(text), { fault: 'machine' }));
      this.#open.clear();
    });
  }

  call(method: string, ...args: readonly unknown[]): Promise<unknown> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve, reject });
      // False also says that the channel is full, and the message on its way all the same.
      if (this.process.send({ id, method, args: encode(args) as object }) || this.process.end === undefined)
        return;
      this.#open.delete(id);
      reject(new KitError('process-gone', text('the process has ended', '进程已结束'), { fault: 'machine' }));
    });
  }
}

export function encode(value: unknown): unknown {
  if (value === undefined) return { $: 'undefined' };
  if (typeof value === 'bigint') return { $: 'bigint', text: String(value) };
  if (value instanceof Date) return { $: 'date', ms: value.getTime() };
  if (value instanceof Uint8Array) return { $: 'bytes', base64: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(encode);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, encode(part)]));
}

export function decode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(decode);
  if (typeof value !== 'object' || value === null) return value;
  const { $: kind, text, ms, base64 } = value as Record<string, unknown>;
  switch (kind) {
    case 'undefined':
      return undefined;
    case 'bigint':
      return BigInt(String(text));
    case 'date':
      return new Date(Number(ms));
    case 'bytes':
      return Buffer.from(String(base64), 'base64');
    default:
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, decode(part)]));
  }
}
