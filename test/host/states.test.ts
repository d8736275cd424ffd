import { expect, test } from 'vitest';
import type { SamplerStats, SocketChange, SocketRecord, SocketRow } from '../../src/host/index.ts';
import { lacks, perform } from './support/perform.ts';

type Table = { rows: SocketRow[]; ss: string; netstat?: string; table: string };
type Result = {
  startUs: number;
  endUs: number;
  open: Table[];
  closed: Table[];
  records: SocketRecord[];
  stats: SamplerStats;
};

/** ss has its own names for the states. */
const SS_NAMES: Record<string, string> = {
  ESTAB: 'ESTABLISHED',
  'TIME-WAIT': 'TIME_WAIT',
  LISTEN: 'LISTEN',
};

/** `ss -tanoieH` as sorted "state recv-q local port remote port inode timer"; details stand on lines of their own. */
function fromSs(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => {
      const [state = '', receive, , local = '', remote = ''] = line.split(/\s+/);
      const inode = /ino:(\d+)/.exec(line)?.[1] ?? '0';
      const timer = /timer:\(([a-z]+)/.exec(line)?.[1] ?? 'none';
      return [SS_NAMES[state] ?? state, receive, plain(local), plain(remote), inode, timer].join(' ');
    })
    .sort();
}

const plain = (end: string): string => end.replace('[::ffff:', '').replace(/[[\]]/g, '').replace('*:', ':::');

const SS_TIMERS: Record<string, string> = { 'time-wait': 'timewait', retransmit: 'on' };

function fromRows(rows: readonly SocketRow[]): string[] {
  const end = (address: string, port: number): string =>
    `${address.replace('::ffff:', '')}:${port === 0 ? '*' : port}`;
  return rows
    .map((row) =>
      [
        row.state,
        row.receiveQueueBytes,
        end(row.localAddress, row.localPort),
        end(row.remoteAddress, row.remotePort),
        row.inode,
        SS_TIMERS[row.timer] ?? row.timer,
      ].join(' '),
    )
    .sort();
}

/** netstat's rows, with its wide gaps made narrow; its order is the kernel's, as ours is. */
const cells = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('tcp'))
    .map((line) => line.trim().replaceAll(/\s+/g, ' '));

test.skipIf(lacks !== '')(`socket states as ss, netstat and a sampler see them${lacks}`, async () => {
  const got = await perform<Result>('states');

  for (const { rows, ss, netstat, table } of [...got.open, ...got.closed]) {
    expect(fromRows(rows)).toEqual(fromSs(ss));
    if (netstat !== undefined) expect(cells(table)).toEqual(cells(netstat));
  }
  const [openServer, openClient] = got.open;
  expect(openServer?.rows.map((row) => [row.protocol, row.state])).toEqual([
    ['tcp6', 'LISTEN'],
    ['tcp6', 'ESTABLISHED'],
  ]);
  expect(openClient?.rows.map((row) => [row.protocol, row.state])).toEqual([['tcp', 'ESTABLISHED']]);

  const changes = got.records.filter((record): record is SocketChange => record.kind === 'change');
  const of = (host: string): SocketChange[] => changes.filter((change) => change.host === host);
  const states = (host: string): string[] => of(host).map(({ change, row }) => `${change} ${row.state}`);
  expect(states('server')[0]).toBe('appeared LISTEN');
  expect(states('server').at(-1)).toMatch(/^gone /);
  expect(of('server').some(({ row }) => row.state === 'ESTABLISHED')).toBe(true);
  expect(of('client').some(({ row }) => row.state === 'ESTABLISHED')).toBe(true);
  expect(of('client').at(-1)?.row.state).toBe('TIME_WAIT');
  // Times: in order, within the run, each after the look before it.
  const times = changes.map(({ seenUs }) => seenUs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  for (const { notBeforeUs, seenUs } of changes) {
    expect(seenUs).toBeGreaterThan(notBeforeUs);
    expect(seenUs).toBeGreaterThan(got.startUs);
    expect(seenUs).toBeLessThan(got.endUs);
  }
  // No record without a change: each row differs from what came before it.
  for (const { before, row } of changes.filter(({ change }) => change === 'changed')) {
    expect({ ...before, timerMs: 0, uid: 0 }).not.toEqual({ ...row, timerMs: 0, uid: 0 });
  }
  // Heartbeats tell what a timer does while nothing changes.
  const left = got.records
    .filter((record) => record.kind === 'heartbeat' && record.host === 'client')
    .flatMap((record) => (record.kind === 'heartbeat' ? record.rows : []))
    .filter((row) => row.state === 'TIME_WAIT')
    .map((row) => row.timerMs);
  expect(left.length).toBeGreaterThanOrEqual(2);
  expect(left).toEqual([...left].sort((a, b) => b - a));
  expect(got.stats.looks).toBeGreaterThan(10);
  expect(got.stats.meanIntervalMs).toBeLessThanOrEqual(got.stats.maxIntervalMs);
  expect(got.records.filter((record) => record.kind === 'gap')).toHaveLength(got.stats.gaps);
});
