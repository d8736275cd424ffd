import type { SocketRow } from './records.ts';

/** The columns of `netstat -tan`, which courses teach. Of a listener Recv-Q counts connections, not bytes. */
export const NETSTAT_COLUMNS = [
  'Proto',
  'Recv-Q',
  'Send-Q',
  'Local Address',
  'Foreign Address',
  'State',
] as const;

/** One row's cells in netstat's columns: IPv4 on an IPv6 socket as plain IPv4, and port 0 as `*`. */
export function netstatCells(row: SocketRow): string[] {
  const endpoint = (address: string, port: number): string =>
    `${address.replace('::ffff:', '')}:${port === 0 ? '*' : port}`;
  return [
    row.protocol,
    String(row.receiveQueueBytes),
    String(row.sendQueueBytes),
    endpoint(row.localAddress, row.localPort),
    endpoint(row.remoteAddress, row.remotePort),
    row.state,
  ];
}
