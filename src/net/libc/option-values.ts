/** Values of socket options: what they are in JavaScript, and as the bytes that setsockopt and getsockopt carry. */
import { Buffer } from 'node:buffer';
import { KitError, type Text, text } from '../../bytes/index.ts';
import { LEVELS, PROTOCOLS, SOCKET_OPTIONS, TCP_OPTIONS } from './constants.ts';
import { type Functions, must } from './functions.ts';
import { tcpInfo, type TcpInfo } from './kernel-state.ts';

/** struct linger (socket(7)). */
export interface Linger {
  readonly onoff: number;
  readonly linger: number;
}

export type OptionValue = number | string | Linger | TcpInfo;

/** The longest name of a congestion control (TCP_CA_NAME_MAX). */
const NAME_BYTES = 16;
/**
 * Room for every answer. SO_GET_FILTER alone takes the length for a count of 8-byte instructions; this is more than
 * eight times the 4 that we say.
 */
const ROOM_BYTES = 256;

type Kind = 'int' | 'linger' | 'time' | 'name' | 'info';

function kindOf(level: number, option: number): Kind {
  if (level === LEVELS.SOL_SOCKET) {
    if (option === SOCKET_OPTIONS.SO_LINGER) return 'linger';
    if (option === SOCKET_OPTIONS.SO_RCVTIMEO || option === SOCKET_OPTIONS.SO_SNDTIMEO) return 'time';
  }
  if (level === PROTOCOLS.IPPROTO_TCP) {
    if (option === TCP_OPTIONS.TCP_CONGESTION) return 'name';
    if (option === TCP_OPTIONS.TCP_INFO) return 'info';
  }
  return 'int';
}

const wrong = (what: Text): KitError =>
  new KitError('wrong-call', text(`setsockopt: ${what.en}`, `setsockopt：${what.zh}`), {
    fault: 'usage',
    hint: text('help(sys.setsockopt) shows examples.', '示例见 help(sys.setsockopt)。'),
  });

const isInt = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 31;

/** The bytes for setsockopt. Throws KitError `wrong-call` (usage) for a value that the option has not. */
export function packOption(level: number, option: number, value: unknown): Buffer {
  switch (kindOf(level, option)) {
    case 'linger': {
      const { onoff, linger } = (value ?? {}) as Partial<Record<keyof Linger, unknown>>;
      if (!isInt(onoff) || !isInt(linger))
        throw wrong(
          text('SO_LINGER is { onoff: 1, linger: SECONDS }', 'SO_LINGER 是 { onoff: 1, linger: 秒数 }'),
        );
      return ints(onoff, linger);
    }
    case 'time': {
      if (!isInt(value) || value < 0)
        throw wrong(
          text('a timeout is a whole number of milliseconds, 0 for none', '超时是毫秒的整数，0 表示不限'),
        );
      // struct timeval: two 64-bit numbers on both architectures.
      const bytes = Buffer.alloc(16);
      bytes.writeBigInt64LE(BigInt(Math.trunc(value / 1000)), 0);
      bytes.writeBigInt64LE(BigInt((value % 1000) * 1000), 8);
      return bytes;
    }
    case 'name': {
      if (typeof value !== 'string' || value === '' || Buffer.byteLength(value) >= NAME_BYTES)
        throw wrong(
          text(
            "TCP_CONGESTION is a name of up to 15 bytes, such as 'cubic'",
            "TCP_CONGESTION 是不超过 15 字节的名字，例如 'cubic'",
          ),
        );
      return Buffer.from(value);
    }
    case 'info':
    case 'int': {
      const number = typeof value === 'boolean' ? Number(value) : value;
      if (!isInt(number))
        throw wrong(
          text(
            'the value is a whole number of 32 bits (or true, false)',
            '值应是 32 位整数（或 true、false）',
          ),
        );
      return ints(number);
    }
  }
}

/** getsockopt. Throws CallError. */
export function readOption(libc: Functions, fd: number, level: number, option: number): OptionValue {
  const kind = kindOf(level, option);
  if (kind === 'info') return tcpInfo(libc, fd);
  const bytes = Buffer.alloc(ROOM_BYTES);
  const length = ints({ int: 4, linger: 8, time: 16, name: NAME_BYTES }[kind]);
  must(libc, 'getsockopt', libc.getsockopt(fd, level, option, bytes, length));
  switch (kind) {
    case 'linger':
      return { onoff: bytes.readInt32LE(0), linger: bytes.readInt32LE(4) };
    case 'time':
      return Number(bytes.readBigInt64LE(0)) * 1000 + Number(bytes.readBigInt64LE(8)) / 1000;
    case 'name': {
      const name = bytes.subarray(0, Math.min(length.readUInt32LE(0), NAME_BYTES));
      const end = name.indexOf(0);
      return name.toString('latin1', 0, end === -1 ? name.length : end);
    }
    case 'int':
      return bytes.readInt32LE(0);
  }
}

function ints(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeInt32LE(value, 4 * at);
  return bytes;
}
