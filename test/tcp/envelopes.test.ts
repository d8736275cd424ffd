/** The same conversations in every envelope that a capture may have: what comes out is the same, and tshark agrees. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { analyse, readCapture } from '../../src/tcp/index.ts';
import { testUnless } from '../helpers/skip.ts';
import { tempFolder } from '../helpers/temp.ts';
import { compareWithTshark } from './oracle.ts';
import { oddCapture, pcapFile, type WrittenPacket } from './odd-segments.ts';
import { whyNoTshark } from './tshark.ts';
import { pcapngBlock as block } from './pcapng-file.ts';

const plain = oddCapture(9, 12);
const packets: WrittenPacket[] = readCapture(plain).packets.map(({ atNs, data, start, end }) => ({
  atNs,
  bytes: data.slice(start, end),
}));

const bytes = (...parts: (readonly number[] | Uint8Array)[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => [...part]));
const zeros = (count: number): number[] => Array<number>(count).fill(0);

/** IPv4 with options: eight bytes of NOPs and an end. */
function withIpOptions(ip: Uint8Array): Uint8Array {
  const packet = bytes(ip.subarray(0, 20), [1, 1, 1, 1, 1, 1, 1, 0], ip.subarray(20));
  packet[0] = 0x47;
  new DataView(packet.buffer).setUint16(2, packet.length);
  return packet;
}

/** The same segment in IPv6, behind hop-by-hop, destination and routing headers of eight bytes each. */
function asIpv6(ip: Uint8Array, extended: boolean): Uint8Array {
  const last = (byte: number | undefined): number[] => [0xfd, 0, ...zeros(13), byte ?? 0];
  const extensions = extended
    ? [60, 0, 1, 4, 0, 0, 0, 0, 43, 0, 1, 4, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0]
    : [];
  const length = ip.length - 20 + extensions.length;
  const head = [0x60, 0, 0, 0, length >> 8, length & 255, extended ? 0 : 6, 64];
  return bytes(head, last(ip[15]), last(ip[19]), extensions, ip.subarray(20));
}

/** IPv4 in fragments of 16 bytes, the last one first. */
function fragments({ atNs, bytes: ip }: WrittenPacket, index: number): WrittenPacket[] {
  const body = ip.subarray(20);
  const pieces: WrittenPacket[] = [];
  for (let offset = 0; offset < body.length; offset += 16) {
    const piece = bytes(ip.subarray(0, 20), body.subarray(offset, offset + 16));
    const view = new DataView(piece.buffer);
    view.setUint16(2, piece.length);
    view.setUint16(4, index & 0xffff);
    view.setUint16(6, (offset / 8) | (offset + 16 < body.length ? 0x2000 : 0));
    pieces.push({ atNs, bytes: piece });
  }
  return pieces.reverse();
}

const ENVELOPES: readonly (readonly [
  name: string,
  linkType: number,
  wrap: (ip: Uint8Array) => Uint8Array,
])[] = [
  ['raw', 101, (ip) => ip],
  ['Ethernet', 1, (ip) => bytes(zeros(12), [8, 0], ip)],
  [
    'Ethernet, padded to 60 bytes',
    1,
    (ip) => bytes(zeros(12), [8, 0], ip, zeros(Math.max(6, 46 - ip.length))),
  ],
  ['802.1Q', 1, (ip) => bytes(zeros(12), [0x81, 0, 0, 7, 8, 0], ip)],
  ['QinQ', 1, (ip) => bytes(zeros(12), [0x88, 0xa8, 0, 5, 0x81, 0, 0, 7, 8, 0], ip)],
  ['Linux cooked', 113, (ip) => bytes(zeros(14), [8, 0], ip)],
  ['Linux cooked v2', 276, (ip) => bytes([8, 0], zeros(18), ip)],
  ['null, little-endian', 0, (ip) => bytes([2, 0, 0, 0], ip)],
  ['null, big-endian', 0, (ip) => bytes([0, 0, 0, 2], ip)],
  ['loop', 108, (ip) => bytes([0, 0, 0, 2], ip)],
  ['IPv4 with options', 101, withIpOptions],
  ['IPv6', 101, (ip) => asIpv6(ip, false)],
  ['IPv6 with extension headers', 101, (ip) => asIpv6(ip, true)],
];

/** Everything but the addresses. */
function essence(file: Uint8Array, renumbered = false): unknown {
  return analyse(file).connections.map(({ id, segments, directions }) => ({
    id,
    segments: segments.map(({ frame, atNs, seq, ack, flags, notes, windowBytes }) => [
      renumbered ? 0 : frame,
      atNs,
      seq,
      ack,
      flags,
      notes,
      windowBytes,
    ]),
    bytes: directions.map((direction) => direction.bytes),
  }));
}

describe('the same segments come out of', () => {
  for (const [name, linkType, wrap] of ENVELOPES) {
    const file = pcapFile(
      packets.map(({ atNs, bytes: ip }) => ({ atNs, bytes: wrap(ip) })),
      linkType,
    );
    test(name, () => expect(essence(file)).toEqual(essence(plain)));
    testUnless(
      whyNoTshark,
      `${name}, as tshark says`,
      () => {
        const path = join(tempFolder(), 'capture.pcap');
        writeFileSync(path, file);
        expect(compareWithTshark(path, true).differences).toEqual([]);
      },
      60_000,
    );
  }

  test('IPv4 fragments in reverse order', () => {
    const file = pcapFile(packets.flatMap(fragments));
    expect(essence(file, true)).toEqual(essence(plain, true));
  });

  testUnless(
    whyNoTshark,
    'IPv4 fragments in reverse order, as tshark says',
    () => {
      const path = join(tempFolder(), 'capture.pcap');
      writeFileSync(path, pcapFile(packets.flatMap(fragments)));
      expect(compareWithTshark(path, true).differences).toEqual([]);
    },
    60_000,
  );
});

const whyNoEditcap =
  spawnSync('editcap', ['--version']).status === 0 ? undefined : 'editcap is not installed';

/** Words of 32 bits, or bytes as they are. */
function body(little: boolean, ...parts: (number | readonly number[] | Uint8Array)[]): Uint8Array {
  return bytes(
    ...parts.map((part) => {
      if (typeof part !== 'number') return part;
      const word = new DataView(new ArrayBuffer(4));
      word.setUint32(0, part, little);
      return new Uint8Array(word.buffer);
    }),
  );
}

function pcapng(little: boolean): Uint8Array {
  const half = (n: number): number[] => (little ? [n & 255, n >> 8] : [n >> 8, n & 255]);
  const blocks = [
    block(0x0a0d0d0a, body(little, 0x1a2b3c4d, half(1), half(0), 0xffffffff, 0xffffffff), little),
    block(0x00000bad, bytes(zeros(40)), little),
    // Interface 0: raw IP in nanoseconds (10^-9). Interface 1: Ethernet in units of 2^-20 seconds.
    block(1, body(little, [...half(101), 0, 0], 0, [...half(9), ...half(1), 9, 0, 0, 0], 0), little),
    block(1, body(little, [...half(1), 0, 0], 0, [...half(9), ...half(1), 0x94, 0, 0, 0], 0), little),
  ];
  const start = 1_700_000_000n * 1_000_000_000n;
  packets.forEach(({ atNs, bytes: ip }, index) => {
    const ethernet = index % 2 === 1;
    const ns = start + BigInt(atNs);
    const units = ethernet ? (ns << 20n) / 1_000_000_000n : ns;
    const packet = ethernet ? bytes(zeros(12), [8, 0], ip) : ip;
    const time = [Number(units >> 32n), Number(units & 0xffffffffn)] as const;
    blocks.push(
      block(6, body(little, ethernet ? 1 : 0, ...time, packet.length, packet.length, packet), little),
    );
  });
  return bytes(...blocks);
}

describe('pcapng', () => {
  test.each([true, false])('two interfaces, two clocks, an unknown block; little-endian: %s', (little) => {
    const { packets: read, problems, epochNs } = readCapture(pcapng(little));
    expect(problems).toEqual([]);
    expect(epochNs).toBe(1_700_000_000n * 1_000_000_000n + BigInt(packets[0]?.atNs ?? 0));
    expect(read.map(({ linkType }) => linkType)).toEqual(
      packets.map((_, index) => (index % 2 === 1 ? 1 : 101)),
    );
    const first = packets[0]?.atNs ?? 0;
    read.forEach(({ atNs }, index) => {
      const exact = (packets[index]?.atNs ?? 0) - first;
      // A unit of 2^-20 seconds is 954 ns.
      if (index % 2 === 0) expect(atNs).toBe(exact);
      else expect(Math.abs(atNs - exact)).toBeLessThan(955);
    });
  });

  testUnless(whyNoEditcap, 'as editcap writes it', () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'in.pcap'), plain);
    execFileSync('editcap', ['-F', 'pcapng', join(folder, 'in.pcap'), join(folder, 'out.pcapng')]);
    expect(essence(readFileSync(join(folder, 'out.pcapng')))).toEqual(essence(plain));
  });
});
