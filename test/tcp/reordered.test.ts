import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { analyse, FLAG, NOTE, wasOvertaken } from '../../src/tcp/index.ts';
import { testUnless } from '../helpers/skip.ts';
import { tempFolder } from '../helpers/temp.ts';
import { pcapFile, tcpPacket, type WrittenPacket } from './odd-segments.ts';
import { compareWithTshark } from './oracle.ts';
import { whyNoTshark } from './tshark.ts';

/** A connection with a round trip of 100 µs, then data whose second segment comes, or is written, behind the third. */
function reordered(secondUs: number, thirdUs: number): Uint8Array {
  const at = (
    us: number,
    fromA: boolean,
    seq: number,
    ack: number,
    flags: number,
    length = 0,
  ): WrittenPacket => {
    const ports = { portA: 40_000, portB: 7000 };
    return { atNs: us * 1000, bytes: tcpPacket({ fromA, ...ports, seq, ack, flags, window: 5000, length }) };
  };
  const data = FLAG.ack | FLAG.psh;
  return pcapFile([
    at(0, true, 999, 0, FLAG.syn),
    at(50, false, 4999, 1000, FLAG.syn | FLAG.ack),
    at(100, true, 1000, 5000, FLAG.ack),
    at(1000, true, 1000, 5000, data, 10),
    at(thirdUs, true, 1020, 5000, data, 10),
    at(secondUs, true, 1010, 5000, data, 10),
    at(secondUs + 8000, false, 5000, 1030, FLAG.ack),
  ]);
}

for (const [what, secondUs, theirs] of [
  ['within a round trip', 1040, 'out_of_order'],
  ['behind a round trip', 1500, 'retransmission'],
  ['with its own, earlier time, as several processors write a capture', 1010, 'retransmission'],
] as const) {
  testUnless(
    whyNoTshark,
    `a segment that was overtaken, ${what}: noted as tshark does, and not taken for one sent again`,
    () => {
      const file = join(tempFolder(), 'reordered.pcap');
      const bytes = reordered(secondUs, 1020);
      writeFileSync(file, bytes);
      const { differences, flags } = compareWithTshark(file);
      expect(differences).toEqual([]);
      expect(flags).toEqual({ lost_segment: 1, [theirs]: 1 });
      const [connection] = analyse(bytes).connections;
      if (connection === undefined) throw new Error('no connection');
      const { segments } = connection;
      const noted = segments.filter(({ notes }) => notes & NOTE.retransmission);
      expect(noted.filter((segment) => !wasOvertaken(segment, segments))).toEqual([]);
    },
  );
}

test('a segment that comes behind a timeout was sent again, though the capture has not its first sending', () => {
  const [connection] = analyse(reordered(250_000, 1020)).connections;
  if (connection === undefined) throw new Error('no connection');
  const { segments } = connection;
  const again = segments.filter(({ notes }) => notes & NOTE.retransmission);
  expect(again.map((segment) => [segment.frame, wasOvertaken(segment, segments)])).toEqual([[6, false]]);
});
