/** Snapshots to draw: made by hand, as a source would read them. */
import type { Connection, Reading, Snapshot } from '../../src/dash/snapshot.ts';
import { pairKey } from '../../src/dash/snapshot.ts';
import { Model } from '../../src/dash/model.ts';
import { HOSTILE as TEXTS } from '../helpers/hostile-texts.ts';

export function connection(id: number, name: string, more: Partial<Connection> = {}): Connection {
  const [local, remote] = ['127.0.0.1:5264', `127.0.0.1:${40_000 + id}`];
  return {
    ...{ key: pairKey(local, remote), host: '', id, name, local, remote },
    ...{ state: 'ESTABLISHED', peerState: 'ESTABLISHED', receiveQueue: 0, sendQueue: 0 },
    timer: { kind: 'none', leftMs: 0, tries: 0 },
    ...{ requests: 0, bytesIn: 0, bytesOut: 0, unsent: 0 },
    ...more,
  };
}

export function reading(connections: readonly Connection[], more: Partial<Reading> = {}): Reading {
  return {
    atMs: 1_000,
    heading: { title: 'chatd 127.0.0.1:5264', facts: [['clients', String(connections.length)]] },
    connections,
    totals: { requests: 0, bytesIn: 0, bytesOut: 0 },
    ...{ log: [], ladder: undefined, trouble: undefined },
    ...more,
  };
}

export const snapshot = (connections: readonly Connection[], more: Partial<Reading> = {}): Snapshot =>
  new Model().advance(reading(connections, more));

/** What people call themselves to see what happens, and what is only hard to draw. */
export const HOSTILE = [
  ...TEXTS.map(([, sent]) => sent),
  '{/}{bold}',
  'a\nb\rc\td\0e',
  'e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\u0301',
  '王小明，套接字实验',
  '😀🎉🚀',
  '👍🏽👨‍👩‍👧‍👦🇨🇳❤️',
  '\ud800 half',
  '가각힣',
  '\u1100\u1161\u11a8',
  'x'.repeat(300),
  '网'.repeat(300),
];
