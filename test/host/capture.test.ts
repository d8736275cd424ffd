import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { countPackets } from '../../src/host/capture-file.ts';
import { startCapture } from '../../src/host/capture.ts';
import { parseStats } from '../../src/host/capture-stats.ts';
import type { CaptureStats } from '../../src/host/index.ts';
import { launch } from '../../src/host/process.ts';
import { needProgram } from '../../src/host/programs.ts';
import { ACTORS, lacks, nobodyLacks, perform } from './support/perform.ts';

type Round = {
  sent: number;
  stats: CaptureStats[];
  counted: { packets: number; cutBytes: number }[];
  read: number[];
};

test.skipIf(lacks !== '').concurrent.each([0, 1])(
  `20 captures, stopped at once after the last packet, miss none (world %i)${lacks}`,
  async () => {
    const rounds = await perform<Round[]>('captures', { part: 'complete', rounds: 10 });
    expect(rounds).toHaveLength(10);
    for (const { sent, stats, counted, read } of rounds) {
      expect(stats).toEqual([1, 2].map(() => ({ captured: sent, received: sent, dropped: 0 })));
      expect(counted).toEqual([1, 2].map(() => ({ packets: sent, cutBytes: 0 })));
      expect(read).toEqual([sent, sent]);
    }
  },
);

test.skipIf(lacks !== '')(`what can go wrong with a capture has a name${lacks}`, async () => {
  expect(await perform('captures', { part: 'errors' })).toEqual({
    died: ['capture-died'],
    doomed: 'machine capture-died',
    diskFull: 'machine disk-full',
    aborted: 'machine capture-died',
    filter: 'usage capture-filter',
    interface: 'usage no-interface',
    folder: 'machine capture-file',
  });
});

test('without tcpdump the error names the package', () => {
  expect(() => needProgram('tcpdump', '/nowhere')).toThrow(
    expect.objectContaining({ code: 'no-tcpdump', fault: 'machine', hint: 'apt-get install tcpdump' }),
  );
});

const why = ACTORS.includes('nobody') ? nobodyLacks : 'not root, so there is no second user';
test.skipIf(why !== '')(
  `an ordinary user may not capture the machine's own wire${why && ` (skipped: ${why})`}`,
  async () => {
    const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];
    const refused = startCapture((args, options) => launch(asNobody, ['tcpdump', ...args], options), {
      file: join(tmpdir(), 'never.pcap'),
      interface: 'lo',
    });
    await expect(refused).rejects.toMatchObject({ code: 'capture-not-permitted', fault: 'machine' });
  },
);

test.skipIf(lacks !== '')(`tcpdump's stamps lie between two readings of our clock${lacks}`, async () => {
  const rounds = 300;
  const got = await perform<{ windows: [number, number][]; stampsUs: number[] }>('captures', {
    part: 'clock',
    rounds,
  });
  expect(got.stampsUs).toHaveLength(rounds);
  // How far outside of its window a stamp lies; our own error is some µs.
  const outsideUs = got.stampsUs.map((stamp, at) => {
    const [before, after] = got.windows[at] ?? [NaN, NaN];
    return Math.max(before - stamp, stamp - after, 0);
  });
  expect(Math.max(...outsideUs)).toBeLessThan(20);
});

test('counts are read from both forms that tcpdump prints', () => {
  const asked =
    'tcpdump: 2990 packets captured, 3004 packets received by filter, 2 packets dropped by kernel\n';
  const closing = '3004 packets captured\n3006 packets received by filter\n2 packets dropped by kernel\n';
  const one = '1 packet captured\n1 packet received by filter\n0 packets dropped by kernel\n';
  expect(parseStats('tcpdump: listening on eth0\n')).toBeUndefined();
  expect(parseStats(asked)).toEqual({ stats: { captured: 2990, received: 3004, dropped: 2 }, count: 1 });
  expect(parseStats(asked + closing)).toEqual({
    stats: { captured: 3004, received: 3006, dropped: 2 },
    count: 2,
  });
  // A half-printed answer is none.
  expect(parseStats(asked + closing.slice(0, 30))?.count).toBe(1);
  expect(parseStats(one)?.stats).toEqual({ captured: 1, received: 1, dropped: 0 });
});

test('packets of a file are counted, and a cut end is seen at every position', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'count-'));
  const file = join(folder, 'a.pcap');
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b23c4d);
  const record = (length: number): Buffer => {
    const bytes = Buffer.alloc(16 + length, 7);
    bytes.writeUInt32LE(length, 8);
    return bytes;
  };
  const whole = Buffer.concat([header, record(0), record(60), record(1)]);
  const ends = [24, 40, 116, 133];
  expect(whole.length).toBe(ends.at(-1));
  await writeFile(file, whole);
  for (let size = whole.length; size >= 0; size--) {
    await truncate(file, size);
    const packets = ends.filter((end) => end <= size).length - 1;
    const from = ends[packets] ?? 0;
    expect(await countPackets(file)).toEqual(
      packets < 0 ? { packets: 0, cutBytes: size } : { packets, cutBytes: size - from },
    );
  }
  await writeFile(file, 'this is some text and no capture');
  await expect(countPackets(file)).rejects.toMatchObject({ code: 'not-a-capture' });
  await rm(folder, { recursive: true });
});
