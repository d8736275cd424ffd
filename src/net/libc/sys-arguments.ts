/** What comes in from a prompt may be anything; what goes to the kernel is whole numbers of 32 bits and memory of our own. */
import { Buffer } from 'node:buffer';
import { isIP } from 'node:net';
import { KitError } from '../../bytes/index.ts';
import type { Endpoint } from '../channel.ts';

/** One recv brings no more than this. */
export const MAX_RECEIVE_BYTES = 16 * 1024 * 1024;
/** One poll takes no more than these. */
export const MAX_POLL_FDS = 1024;

export const wrongCall = (call: string, text: string): KitError =>
  new KitError('wrong-call', `${call}: ${text}`, {
    fault: 'usage',
    hint: `help(sys.${call}) shows an example.`,
  });

/** A C int. */
export function int(call: string, name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31)
    return value;
  throw wrongCall(call, `${name} is a whole number of 32 bits, not ${shown(value)}`);
}

export function length(call: string, value: unknown): number {
  const bytes = int(call, 'the length', value);
  if (bytes >= 0 && bytes <= MAX_RECEIVE_BYTES) return bytes;
  throw wrongCall(call, `the length is from 0 to ${MAX_RECEIVE_BYTES} bytes, not ${bytes}`);
}

export function bytes(call: string, value: unknown): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return value;
  throw wrongCall(call, `what is sent is a text or a Uint8Array, not ${shown(value)}`);
}

/** `'127.0.0.1', 5000`, or `{ address, port }` as getsockname gives it. */
export function endpoint(call: string, address: unknown, port: unknown): Endpoint {
  if (typeof address === 'object' && address !== null && port === undefined) {
    const given = address as Partial<Record<keyof Endpoint, unknown>>;
    return endpoint(call, given.address, given.port ?? null);
  }
  if (typeof address !== 'string' || isIP(address.split('%')[0] ?? '') === 0)
    throw wrongCall(call, `the address is one in numbers, such as '127.0.0.1', not ${shown(address)}`);
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw wrongCall(call, `the port is a whole number from 0 to 65535, not ${shown(port)}`);
  return { address, port };
}

export interface PollEntry {
  readonly fd: number;
  readonly events: number;
}

export function pollEntries(value: unknown): PollEntry[] {
  if (!Array.isArray(value) || value.length > MAX_POLL_FDS)
    throw wrongCall('poll', `it takes an array of up to ${MAX_POLL_FDS} of { fd, events }`);
  return value.map((entry: unknown) => {
    const { fd, events } = (entry ?? {}) as Partial<Record<keyof PollEntry, unknown>>;
    const flags = int('poll', 'events', events);
    if (flags < 0 || flags > 0x7fff) throw wrongCall('poll', `events is a short of flags, not ${flags}`);
    return { fd: int('poll', 'fd', fd), events: flags };
  });
}

function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.slice(0, 40));
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    default:
      return value === null ? 'null' : `a value of type ${typeof value}`;
  }
}
