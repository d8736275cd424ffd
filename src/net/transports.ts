import type { Transport } from './channel.ts';
import { libcTransport } from './libc/index.ts';
import { nodeTransport } from './node-transport.ts';

/** The ways to have sockets, as `--transport` names them. */
export const TRANSPORTS = ['net', 'libc'] as const;
export type TransportName = (typeof TRANSPORTS)[number];

export function transportNamed(name: TransportName): Transport {
  switch (name) {
    case 'net':
      return nodeTransport;
    case 'libc':
      return libcTransport;
  }
}
