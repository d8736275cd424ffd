import type { Transport } from './channel.ts';
import { cLibraryHere, libcTransport } from './libc/index.ts';
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

/** The faster one of those that are to be had here: by the C functions (docs/BENCHMARKS.md), else by node:net. */
export async function fastestTransport(): Promise<TransportName> {
  return (await cLibraryHere()) ? 'libc' : 'net';
}
