import type { Transport } from './channel.ts';
import { libcTransport } from './libc/index.ts';
import { nodeTransport } from './node-transport.ts';
import type { TransportName } from './transport-names.ts';

export function transportNamed(name: TransportName): Transport {
  switch (name) {
    case 'net':
      return nodeTransport;
    case 'libc':
      return libcTransport;
  }
}
