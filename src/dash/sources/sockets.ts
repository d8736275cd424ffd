/** The kernel's rows as the dashboard's connections. */
import type { SocketRow } from '../../host/index.ts';
import { formatEndpoint } from '../../net/index.ts';
import { type Connection, pairKey } from '../snapshot.ts';

/** The fields of a kernel's row that the dashboard uses: read here, or from an evidence file. */
export type KernelRow = Pick<
  SocketRow,
  | 'localAddress'
  | 'localPort'
  | 'remoteAddress'
  | 'remotePort'
  | 'receiveQueueBytes'
  | 'sendQueueBytes'
  | 'timerMs'
  | 'retransmits'
  | 'probes'
> & { readonly state: string; readonly timer: string };

/** An IPv4 peer of an IPv6 socket is known by its IPv4 address. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

export const localOf = (row: KernelRow): string =>
  formatEndpoint({ address: plain(row.localAddress), port: row.localPort });
export const remoteOf = (row: KernelRow): string =>
  formatEndpoint({ address: plain(row.remoteAddress), port: row.remotePort });

/** A row without a client: a listener, a socket that its program has closed, one that nobody accepted yet. */
export function connectionOf(row: KernelRow, host = '', peer?: KernelRow): Connection {
  const [local, remote] = [localOf(row), row.state === 'LISTEN' ? '*' : remoteOf(row)];
  return {
    key: row.state === 'LISTEN' ? `listen ${host} ${local}` : pairKey(local, remote),
    ...{ host, id: undefined, name: '', local, remote, state: row.state, peerState: peer?.state },
    receiveQueue: row.receiveQueueBytes,
    sendQueue: row.sendQueueBytes,
    timer: {
      kind: row.timer,
      leftMs: row.timerMs,
      tries: row.timer === 'retransmit' ? row.retransmits : row.probes,
    },
    ...{ requests: undefined, bytesIn: undefined, bytesOut: undefined, unsent: undefined },
  };
}
