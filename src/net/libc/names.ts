import { Buffer } from 'node:buffer';
import type { Endpoint } from '../channel.ts';
import { type Functions, must } from './functions.ts';
import { parseSockaddr, SOCKADDR_BYTES } from './sockaddr.ts';

/** A place for an address that the kernel writes, and for its length. */
export function addressRoom(): { readonly bytes: Buffer; readonly length: Buffer } {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(SOCKADDR_BYTES, 0);
  return { bytes: Buffer.alloc(SOCKADDR_BYTES), length };
}

/** The length that the kernel says may be longer than the room: the address was cut then. */
export const addressIn = ({ bytes, length }: ReturnType<typeof addressRoom>): Endpoint | undefined =>
  parseSockaddr(bytes, Math.min(length.readUInt32LE(0), SOCKADDR_BYTES));

/** getsockname or getpeername. Throws CallError. */
export function nameOfSocket(
  libc: Functions,
  which: 'getsockname' | 'getpeername',
  fd: number,
): Endpoint | undefined {
  const room = addressRoom();
  must(libc, which, libc[which](fd, room.bytes, room.length));
  return addressIn(room);
}
