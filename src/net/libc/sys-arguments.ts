/** What comes in from a prompt may be anything; what goes to the kernel is whole numbers of 32 bits and memory of our own. */
import { Buffer } from 'node:buffer';
import { isIP } from 'node:net';
import { KitError, same, type Text, text } from '../../bytes/index.ts';
import type { Endpoint } from '../channel.ts';

/** One recv brings no more than this. */
export const MAX_RECEIVE_BYTES = 16 * 1024 * 1024;
/** One poll takes no more than these. */
export const MAX_POLL_FDS = 1024;

export const wrongCall = (call: string, what: Text): KitError =>
  new KitError('wrong-call', text(`${call}: ${what.en}`, `${call}：${what.zh}`), {
    fault: 'usage',
    hint: text(`help(sys.${call}) shows an example.`, `示例见 help(sys.${call})。`),
  });

/** A C int. */
export function int(call: string, name: string | Text, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31)
    return value;
  const { en, zh } = typeof name === 'string' ? same(name) : name;
  const given = shown(value);
  throw wrongCall(
    call,
    text(`${en} is a whole number of 32 bits, not ${given.en}`, `${zh} 应是 32 位整数，不能是 ${given.zh}`),
  );
}

export function length(call: string, value: unknown): number {
  const bytes = int(call, text('the length', '长度'), value);
  if (bytes >= 0 && bytes <= MAX_RECEIVE_BYTES) return bytes;
  throw wrongCall(
    call,
    text(
      `the length is from 0 to ${MAX_RECEIVE_BYTES} bytes, not ${bytes}`,
      `长度应为 0 到 ${MAX_RECEIVE_BYTES} 字节，不能是 ${bytes}`,
    ),
  );
}

export function bytes(call: string, value: unknown): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return value;
  throw wrongCall(
    call,
    text(
      `what is sent is a text or a Uint8Array, not ${shown(value).en}`,
      `发送的内容应是文字或 Uint8Array，不能是 ${shown(value).zh}`,
    ),
  );
}

/** `'127.0.0.1', 5000`, or `{ address, port }` as getsockname gives it. */
export function endpoint(call: string, address: unknown, port: unknown): Endpoint {
  if (typeof address === 'object' && address !== null && port === undefined) {
    const given = address as Partial<Record<keyof Endpoint, unknown>>;
    return endpoint(call, given.address, given.port ?? null);
  }
  if (typeof address !== 'string' || isIP(address.split('%')[0] ?? '') === 0)
    throw wrongCall(
      call,
      text(
        `the address is one in numbers, such as '127.0.0.1', not ${shown(address).en}`,
        `地址应写成数字形式，例如 '127.0.0.1'，不能是 ${shown(address).zh}`,
      ),
    );
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw wrongCall(
      call,
      text(
        `the port is a whole number from 0 to 65535, not ${shown(port).en}`,
        `端口应是 0 到 65535 的整数，不能是 ${shown(port).zh}`,
      ),
    );
  return { address, port };
}

export interface PollEntry {
  readonly fd: number;
  readonly events: number;
}

export function pollEntries(value: unknown): PollEntry[] {
  if (!Array.isArray(value) || value.length > MAX_POLL_FDS)
    throw wrongCall(
      'poll',
      text(
        `it takes an array of up to ${MAX_POLL_FDS} of { fd, events }`,
        `需要由 { fd, events } 组成的数组，最多 ${MAX_POLL_FDS} 项`,
      ),
    );
  return value.map((entry: unknown) => {
    const { fd, events } = (entry ?? {}) as Partial<Record<keyof PollEntry, unknown>>;
    const flags = int('poll', 'events', events);
    if (flags < 0 || flags > 0x7fff)
      throw wrongCall(
        'poll',
        text(`events is a short of flags, not ${flags}`, `events 是 short 型的标志位，不能是 ${flags}`),
      );
    return { fd: int('poll', 'fd', fd), events: flags };
  });
}

function shown(value: unknown): Text {
  switch (typeof value) {
    case 'string':
      return same(JSON.stringify(value.slice(0, 40)));
    case 'number':
    case 'boolean':
    case 'undefined':
      return same(String(value));
    default:
      return value === null
        ? same('null')
        : text(`a value of type ${typeof value}`, `${typeof value} 类型的值`);
  }
}
