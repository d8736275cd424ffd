import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { analyse, Analyser, CaptureReader, FLAG, readCapture } from '../../src/tcp/index.ts';
import { oddCapture, pcapFile, tcpPacket } from './odd-segments.ts';

const one = tcpPacket({
  fromA: true,
  portA: 40_000,
  portB: 80,
  seq: 7,
  ack: 0,
  flags: FLAG.syn,
  window: 1000,
  length: 0,
});

/** A pcap header and one record, by hand, in any of the four forms. */
function pcapOf(big: boolean, nano: boolean, sec: number, fraction: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(40 + one.length));
  const put = (at: number, word: number): void => view.setUint32(at, word, !big);
  put(0, nano ? 0xa1b23c4d : 0xa1b2c3d4);
  put(16, 65_535);
  put(20, 101);
  [sec, fraction, one.length, one.length].forEach((word, i) => put(24 + i * 4, word));
  new Uint8Array(view.buffer).set(one, 40);
  return new Uint8Array(view.buffer);
}

describe('pcap', () => {
  test.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('big-endian %s, nanoseconds %s', (big, nano) => {
    const { packets, epochNs, problems } = readCapture(
      pcapOf(big, nano, 1_700_000_000, nano ? 123_456_789 : 123_456),
    );
    expect(problems).toEqual([]);
    expect(packets).toHaveLength(1);
    expect(epochNs).toBe(nano ? 1_700_000_000_123_456_789n : 1_700_000_000_123_456_000n);
  });

  test('a cut file keeps what is whole and says what was lost', () => {
    const whole = pcapFile([
      { atNs: 0, bytes: one },
      { atNs: 5, bytes: one },
    ]);
    const { packets, problems } = readCapture(whole.subarray(0, whole.length - 3));
    expect(packets.map(({ frame }) => frame)).toEqual([1]);
    expect(problems.map(({ code, at }) => [code, at])).toEqual([['cut-record', 24 + 16 + one.length]]);
  });

  test('a record that claims more than a packet can have ends the reading', () => {
    const file = pcapFile([
      { atNs: 0, bytes: one },
      { atNs: 5, bytes: one },
    ]);
    new DataView(file.buffer).setUint32(24 + 16 + one.length + 8, 0x7fffffff, true);
    const { packets, problems } = readCapture(file);
    expect(packets).toHaveLength(1);
    expect(problems.map(({ code }) => code)).toEqual(['damaged-record']);
  });

  test('something else is refused', () => {
    expect(
      readCapture(new TextEncoder().encode('12:00:01 IP a > b')).problems.map(({ code }) => code),
    ).toEqual(['not-a-capture']);
  });
});

/** What an analysis says, in a form that can be compared. */
function summary(chunks: readonly Uint8Array[]): unknown {
  const reader = new CaptureReader();
  const analyser = new Analyser();
  for (const chunk of chunks) for (const packet of reader.push(chunk)) analyser.packet(packet);
  reader.end();
  const { connections, problems } = analyser.end(reader);
  return {
    problems,
    connections: connections.map(({ id, directions, close, ends, segments }) => ({
      id,
      close,
      ends,
      bytes: directions.map((direction) => [...direction.streamBytes().bytes]),
      segments: segments.map(({ frame, atNs, relSeq, notes }) => [frame, atNs, relSeq, notes]),
    })),
  };
}

function cut(bytes: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const sorted = [0, ...positions.map((p) => p % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return sorted.slice(1).map((end, i) => bytes.slice(sorted[i], end));
}

describe('hostile input', () => {
  test('cutting a capture into chunks changes nothing', () => {
    const capture = oddCapture(5, 4);
    const whole = summary([capture]);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 40 }), (positions) => {
        expect(summary(cut(capture, positions))).toEqual(whole);
      }),
      { numRuns: 50 },
    );
    expect(summary(cut(capture, [...capture.keys()]))).toEqual(whole);
  });

  test('a capture cut anywhere, with any bytes changed, never throws', () => {
    const capture = oddCapture(6, 3);
    const change = fc.record({ at: fc.nat(), byte: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), fc.nat(), (changes, end) => {
        const bytes = capture.slice(0, 24 + (end % capture.length));
        for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
        const { connections, packets } = analyse(bytes);
        expect(packets).toBeGreaterThanOrEqual(connections.length);
      }),
      { numRuns: 500 },
    );
  });

  test.each([0, 1, 101, 108, 113, 228, 276])('any packet on link type %i never throws', (linkType) => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 120 }), { maxLength: 5 }), (packets) => {
        analyse(
          pcapFile(
            packets.map((bytes, i) => ({ atNs: i, bytes })),
            linkType,
          ),
        );
      }),
    );
  });

  test('any bytes behind a pcapng magic never throw', () => {
    const magic = [0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (rest) => {
        readCapture(Uint8Array.from([...magic, ...rest]));
      }),
    );
  });
});
