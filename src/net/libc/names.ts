import { Buffer } from 'node:buffer';
import type { Endpoint } from '../channel.ts';
import { type Functions, must } from './functions.ts';
import { parseSockaddr, SOCKADDR_BYTES } from './sockaddr.ts';

/** A place for an address that the kernel writes, and for its length. */
export interface AddressRoom {
  readonly bytes: Buffer;
  readonly length: Buffer;
}

export const addressRoom = (): AddressRoom =>
  emptied({ bytes: Buffer.alloc(SOCKADDR_BYTES), length: Buffer.alloc(4) });

/** The same place for another address: the kernel reads how long it is, and writes how long the address was. */
export function emptied(room: AddressRoom): AddressRoom {
  room.length.writeUInt32LE(SOCKADDR_BYTES, 0);
  return room;
}

/** The length that the kernel says may be longer than the room: the address was cut then. */
export const addressIn = ({ bytes, length }: AddressRoom): Endpoint | undefined =>
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
