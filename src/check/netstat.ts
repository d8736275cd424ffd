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

/** What netstat's columns need of a socket. */
type Row = Pick<
  SocketRow,
  | 'protocol'
  | 'receiveQueueBytes'
  | 'sendQueueBytes'
  | 'localAddress'
  | 'localPort'
  | 'remoteAddress'
  | 'remotePort'
  | 'state'
>;

/** One row's cells in netstat's columns. */
export function netstatCells(row: Row): string[] {
  return [
    row.protocol,
    String(row.receiveQueueBytes),
    String(row.sendQueueBytes),
    endpoint(row.localAddress, row.localPort),
    endpoint(row.remoteAddress, row.remotePort),
    row.state,
  ];
}

/** A table as netstat prints it, titles included. */
export function renderNetstat(rows: readonly Row[]): string {
  const table = [[...NETSTAT_COLUMNS], ...rows.map(netstatCells)];
  const widths = NETSTAT_COLUMNS.map((_, at) => Math.max(...table.map((cells) => cells[at]?.length ?? 0)));
  const pad = (cell: string, at: number): string =>
    at === 1 || at === 2 ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0);
  return table.map((cells) => cells.map(pad).join('  ').trimEnd()).join('\n');
}

/** netstat shows IPv4 on an IPv6 socket as plain IPv4, and port 0 as `*`. */
function endpoint(address: string, port: number): string {
  return `${address.replace('::ffff:', '')}:${port === 0 ? '*' : port}`;
}
