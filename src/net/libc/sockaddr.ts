import { Buffer } from 'node:buffer';
import { endianness } from 'node:os';
import { isIP } from 'node:net';
import { KitError, text } from '../../bytes/index.ts';
import { formatIpv6 } from '../../kernel/index.ts';
import type { Endpoint } from '../channel.ts';
import { FAMILIES } from './constants.ts';

const { AF_INET, AF_INET6 } = FAMILIES;
const LITTLE = endianness() === 'LE';

/** Larger than any address that the kernel gives (struct sockaddr_storage). */
export const SOCKADDR_BYTES = 128;

/**
 * struct sockaddr_in (ip(7), 16 bytes) or sockaddr_in6 (ipv6(7), 28 bytes): the family in the machine's own byte order,
 * port and address in network order. Throws KitError `bad-address` (usage) for what is no address in numbers or no port.
 */
export function packSockaddr({ address, port }: Endpoint): Buffer {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new KitError(
      'bad-address',
      text(
        `a port is a whole number from 0 to 65535, not ${String(port)}`,
        `端口是 0 到 65535 的整数，不能是 ${String(port)}`,
      ),
      {
        fault: 'usage',
      },
    );
  }
  const [plain = '', zone] = address.split('%');
  switch (isIP(plain)) {
    case 4: {
      const bytes = Buffer.alloc(16);
      family(bytes, AF_INET);
      bytes.writeUInt16BE(port, 2);
      for (const [at, part] of plain.split('.').entries()) bytes[4 + at] = Number(part);
      return bytes;
    }
    case 6: {
      const bytes = Buffer.alloc(28);
      family(bytes, AF_INET6);
      bytes.writeUInt16BE(port, 2);
      for (const [at, group] of ipv6Groups(plain).entries()) bytes.writeUInt16BE(group, 8 + 2 * at);
      const scope = Number(zone ?? 0);
      if (!Number.isInteger(scope) || scope < 0 || scope > 0xffff_ffff) throw badAddress(address);
      if (LITTLE) bytes.writeUInt32LE(scope, 24);
      else bytes.writeUInt32BE(scope, 24);
      return bytes;
    }
    default:
      throw badAddress(address);
  }
}

/** The address in what the kernel wrote; undefined for another family (or none: a datagram socket without a peer). */
export function parseSockaddr(bytes: Buffer, length: number): Endpoint | undefined {
  const kind = length < 2 ? -1 : LITTLE ? bytes.readUInt16LE(0) : bytes.readUInt16BE(0);
  if (kind === AF_INET && length >= 16)
    return { address: `${bytes[4]}.${bytes[5]}.${bytes[6]}.${bytes[7]}`, port: bytes.readUInt16BE(2) };
  if (kind === AF_INET6 && length >= 28)
    return { address: formatIpv6([...bytes.subarray(8, 24)]), port: bytes.readUInt16BE(2) };
  return undefined;
}

export const familyOf = (address: string): number => (address.includes(':') ? AF_INET6 : AF_INET);

function family(bytes: Buffer, value: number): void {
  if (LITTLE) bytes.writeUInt16LE(value, 0);
  else bytes.writeUInt16BE(value, 0);
}

/** The eight groups of an address that isIP has called well-formed. */
function ipv6Groups(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const hex = (high: string | undefined, low: string | undefined): string =>
    ((Number(high) << 8) | Number(low)).toString(16);
  const text = dotted
    ? `${dotted[1] ?? ''}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}`
    : address;
  const [head = '', tail] = text.split('::');
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => parseInt(group, 16));
  if (tail === undefined) return groups(head);
  const [before, after] = [groups(head), groups(tail)];
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function badAddress(address: string): KitError {
  return new KitError(
    'bad-address',
    text(
      `${JSON.stringify(address)} is no address in numbers`,
      `${JSON.stringify(address)} 不是数字形式的地址`,
    ),
    {
      fault: 'usage',
      hint: text(
        "Write '127.0.0.1', '0.0.0.0' (INADDR_ANY) or '::1'; names need getaddrinfo(3).",
        "请写 '127.0.0.1'、'0.0.0.0'（INADDR_ANY）或 '::1'；主机名要用 getaddrinfo(3) 解析。",
      ),
    },
  );
}
