/** Captures of any length, made piece by piece so that whoever makes them does not hold them either. */
import { FLAG } from '../../src/tcp/index.ts';
import { pcapFile, tcpPacket, type WrittenPacket } from './odd-segments.ts';

export interface LongCapture {
  readonly segments: number;
  chunks(): Generator<Uint8Array, void, undefined>;
}

const { syn, ack, psh, fin } = FLAG;
type Line = readonly [fromA: boolean, flags: number, seq: number, ack: number, length: number];

const OPEN: readonly Line[] = [
  [true, syn, 0, 0, 0],
  [false, syn | ack, 0, 1, 0],
  [true, ack, 1, 1, 0],
];
const close = (a: number, b: number): Line[] => [
  [true, fin | ack, a, b, 0],
  [false, fin | ack, b, a + 1, 0],
  [true, ack, a + 1, b + 1, 0],
];

/** A question of 16 bytes and its answer of 100, which the next question acknowledges. */
const exchange = (n: number): Line[] => [
  [true, psh | ack, 1 + 16 * n, 1 + 100 * n, 16],
  [false, psh | ack, 1 + 100 * n, 17 + 16 * n, 100],
];

function* many(count: number): Generator<readonly [Line, number], void, undefined> {
  for (let i = 0; i < count; i++) {
    const lines = [...OPEN, ...exchange(0), ...exchange(1), ...close(33, 201)];
    for (const line of lines) yield [line, 1024 + (i % 60_000)];
  }
}

function* one(
  lines: (n: number) => readonly Line[],
  count: number,
  end: readonly Line[],
): Generator<readonly [Line, number], void, undefined> {
  for (const line of OPEN) yield [line, 5000];
  for (let n = 0; n < count; n++) for (const line of lines(n)) yield [line, 5000];
  for (const line of end) yield [line, 5000];
}

/** Many short connections; one of so many questions and answers; one that sends so many full segments, each acknowledged. */
export function longCaptures(size: number): [LongCapture, LongCapture, LongCapture] {
  const transfer = (n: number): Line[] => [
    [true, ack, 1 + 1000 * n, 1, 1000],
    [false, ack, 1, 1001 + 1000 * n, 0],
  ];
  const [questions, answers] = [1 + 16 * size, 1 + 100 * size];
  return [
    written(10 * size, () => many(size)),
    written(2 * size + 6, () => one(exchange, size, close(questions, answers))),
    written(2 * size + 6, () => one(transfer, size, close(1 + 1000 * size, 1))),
  ];
}

const PER_CHUNK = 1000;
const GAP_NS = 10_000;

function written(
  segments: number,
  lines: () => Generator<readonly [Line, number], void, undefined>,
): LongCapture {
  return {
    segments,
    *chunks() {
      yield pcapFile([]);
      let packets: WrittenPacket[] = [];
      let atNs = 0;
      for (const [[fromA, flags, seq, acked, length], portA] of lines()) {
        const fields = { fromA, portA, portB: 80, seq, ack: acked };
        packets.push({ atNs, bytes: tcpPacket({ ...fields, flags, window: 60_000, length }) });
        atNs += GAP_NS;
        if (packets.length < PER_CHUNK) continue;
        yield pcapFile(packets).subarray(24);
        packets = [];
      }
      yield pcapFile(packets).subarray(24);
    },
  };
}
