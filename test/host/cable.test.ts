import { expect, test } from 'vitest';
import type { CaptureStats, SocketRow } from '../../src/host/index.ts';
import { lacks, perform } from './support/perform.ts';

type Link = { flags: string[]; address: string };
type Result = {
  wasPlugged: boolean;
  unplugged: { plugged: boolean; links: Link[] };
  row: SocketRow;
  states: number[];
  heard: string;
  outStats: CaptureStats[];
  plugged: { plugged: boolean; links: Link[] };
  lostStats: CaptureStats[];
  lostCount: number;
  fins: number[];
  finCount: number;
  end: object;
};

test.skipIf(lacks !== '')(`a pulled cable, a lossy one, and a FIN that gets lost${lacks}`, async () => {
  const got = await perform<Result>('cable');

  expect(got.wasPlugged).toBe(true);
  // As after a real pull: both ends have lost the carrier and kept their address, and nobody was told.
  expect(got.unplugged.plugged).toBe(false);
  for (const [at, link] of got.unplugged.links.entries()) {
    expect(link.flags).toContain('NO-CARRIER');
    expect(link.flags).toContain('UP');
    expect(link.address).toBe(`10.77.0.${at + 1}`);
  }
  expect(got.states).toEqual([1, 1]);
  expect(got.heard).not.toContain('second');
  expect(got.row).toMatchObject({
    state: 'ESTABLISHED',
    timer: 'retransmit',
    sendQueueBytes: 'second\n'.length,
  });
  // Without a carrier the interface does not even try: no packet at either end.
  expect(got.outStats.map((stats) => stats.captured)).toEqual([0, 0]);
  expect(got.plugged.plugged).toBe(true);
  for (const link of got.plugged.links) expect(link.flags).not.toContain('NO-CARRIER');

  // Lost on the way: the client's capture has the tries, the server's has none of them.
  const [atServer, atClient] = got.lostStats;
  expect(atServer?.captured).toBe(0);
  expect(atClient?.captured).toBeGreaterThanOrEqual(3);
  expect(got.lostCount).toBeGreaterThanOrEqual(3);

  // One FIN was lost and sent again.
  expect(got.finCount).toBe(1);
  expect(got.fins).toEqual([1, 2]);
  expect(got.end).toEqual({ code: 0 });
});
