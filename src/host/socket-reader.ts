import { closeSync, existsSync, openSync } from 'node:fs';
import { endianness } from 'node:os';
import { parseProcNet, type SocketRow } from '../kernel/index.ts';
import { readOpen } from './read-proc.ts';

const LITTLE_ENDIAN = endianness() === 'LE';
const PROTOCOLS = ['tcp', 'tcp6'] as const;

/**
 * Reads the TCP sockets of one network namespace, again and again: the files stay open, which also keeps the namespace
 * readable should its holder be killed. Half the cost of opening them anew.
 */
export class SocketReader {
  readonly #files: { protocol: 'tcp' | 'tcp6'; fd: number }[];
  readonly #address: string | undefined;

  /** With `address`, only rows that are that host's on a table that many share. */
  constructor(namespacePid: number, address: string | undefined) {
    this.#address = address;
    this.#files = PROTOCOLS.map((protocol) => ({ protocol, path: `/proc/${namespacePid}/net/${protocol}` }))
      // A kernel without IPv6 has no tcp6.
      .filter(({ path }) => existsSync(path))
      .map(({ protocol, path }) => ({ protocol, fd: openSync(path, 'r') }));
  }

  read(): SocketRow[] {
    const rows = this.#files.flatMap(({ protocol, fd }) =>
      parseProcNet(readOpen(fd), protocol, LITTLE_ENDIAN),
    );
    const address = this.#address;
    return address === undefined ? rows : rows.filter((row) => belongsTo(row, address));
  }

  close(): void {
    for (const { fd } of this.#files.splice(0)) closeSync(fd);
  }
}

function belongsTo(row: SocketRow, address: string): boolean {
  const local = row.localAddress.replace('::ffff:', '');
  return local === address || (row.state === 'LISTEN' && (local === '0.0.0.0' || local === '::'));
}
