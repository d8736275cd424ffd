/**
 * Captures from strangers: real ones with bytes changed, cut out, put in and repeated. Whatever they say, nothing but a
 * note may come of it; and read in pieces, from memory that is used again, they say what they say when read whole. What
 * that takes is bounded by the length of the capture, and so is what is said of it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import {
  analyse,
  CaptureReader,
  FASTCGI,
  HTTP,
  readCapture,
  traceJson,
  TraceStream,
  type TraceFormat,
} from '../../src/tcp/index.ts';
import { chatProtocol } from '../../src/check/index.ts';
import { loadProtocol } from '../../src/wire/index.ts';
import { corpusCaptures } from './corpus.ts';
import { type Allowance, allocatedBytes, type Allowances, Effort } from './effort.ts';
import { oddCapture } from '../tcp/odd-segments.ts';
import { pcapngFile } from '../tcp/pcapng-file.ts';
import { Chance } from './random.ts';

const protocols = [
  HTTP,
  FASTCGI,
  ...['clp', 'struct264', 'lines'].map((name) => chatProtocol(loadProtocol(name))),
];
const MOST_HARMS = 12;
/** Numbers that lengths and counts go wrong by. */
const TELLING = [0, 1, 2, 3, 4, 0x0f, 0x10, 0x45, 0x50, 0x7f, 0x80, 0xf0, 0xff] as const;

/** Captures of all kinds that come with the tests, each as pcap and as pcapng. */
export function captureSeeds(): Uint8Array[] {
  const folder = fileURLToPath(new URL('../fixtures/captures/', import.meta.url));
  const names = readdirSync(folder).filter((name) => name.endsWith('.pcap'));
  const captures = [...names.map((name) => readFileSync(folder + name)), oddCapture(7, 10)];
  return [
    ...captures.flatMap((bytes) => [bytes, pcapngFile(readCapture(bytes).packets)]),
    ...corpusCaptures(),
  ];
}

/** Three readings, each to JSON or Markdown: about 500 characters for a segment, of which 40 bytes make one. */
const ALLOWED: Allowances = {
  allocatedBytes: { base: 16 * 1024 ** 2, perByte: 8_192 },
  cpuUs: { base: 2_000_000, perByte: 200 },
};
/** What is told of a capture, as JSON and as Markdown. */
const TOLD: Allowance = { base: 64 * 1024, perByte: 256 };
/** One that is so many times as long costs at most twice as many times as much: nothing is quadratic. */
const TIMES = 16;
/** Whether it is so is asked of each of so many. */
const GROWN_EACH = 100;

export interface CaptureFigures {
  readonly captures: number;
  readonly segments: number;
  readonly problems: number;
  readonly mostAllocatedPercent: number;
  readonly mostCpuPercent: number;
  /** How many times as much it cost to read one that was so many times as long, at most. */
  readonly mostGrowth: number;
}

/** Throws when something does not hold, with the seed that shows it again. */
export function fuzzCaptures(count: number, seed: number): CaptureFigures {
  const seeds = captureSeeds();
  const effort = new Effort(ALLOWED);
  const figures = { captures: 0, segments: 0, problems: 0, mostGrowth: 0 };
  // What is compiled at its first use is nobody's effort.
  for (const bytes of seeds) readBothWays(bytes, new Chance(seed));
  for (let i = 0; i < count; i++) {
    const own = (seed + i) >>> 0;
    const chance = new Chance(own);
    const bytes = harmed(chance.of(seeds), chance);
    const what = `capture of seed ${own} (${bytes.length} bytes)`;
    try {
      const read = (): Reading => readBothWays(bytes, chance);
      const { tcpSegments, problems } = effort.spend(what, bytes.length, read);
      figures.captures++;
      figures.segments += tcpSegments;
      figures.problems += problems;
      if (i % GROWN_EACH === 0) figures.mostGrowth = Math.max(figures.mostGrowth, growth(bytes));
    } catch (error) {
      throw new Error(what, { cause: error });
    }
  }
  const { mostAllocatedPercent, mostCpuPercent } = effort;
  return { ...figures, mostAllocatedPercent, mostCpuPercent };
}

/** How many times as much is allocated for the packets of a capture TIMES over. Throws when it is too much. */
function growth(bytes: Uint8Array): number {
  const header = isPcap(bytes) ? PCAP_HEADER : 0;
  const packets = bytes.subarray(header);
  let grown = Uint8Array.from(bytes);
  for (let times = 1; times < TIMES; times *= 2) grown = joined(grown, grown.subarray(header));
  // The first reading makes what the next ones find made.
  void cost(bytes);
  const [once, often] = [cost(bytes), cost(grown)];
  const times = Math.round((10 * often) / once) / 10;
  if (often > 2 * TIMES * once + ALLOWED.allocatedBytes.base)
    throw new Error(`${TIMES} times its ${packets.length} bytes of packets cost ${times} times as much`);
  return times;
}

function cost(bytes: Uint8Array): number {
  const before = allocatedBytes();
  traceJson(analyse(bytes, { protocols }));
  return allocatedBytes() - before;
}

const PCAP_HEADER = 24;
const isPcap = (bytes: Uint8Array): boolean =>
  bytes.length > PCAP_HEADER && [0xa1, 0xd4, 0x4d].includes(bytes[0] ?? 0);

/** One with bytes changed, cut out, put in and repeated, in fewer than `most` places. */
export function harmed(whole: Uint8Array, chance: Chance, most = MOST_HARMS): Uint8Array {
  let bytes = Uint8Array.from(whole);
  for (let harms = chance.below(most); harms > 0; harms--) {
    const at = chance.below(bytes.length);
    const count = 1 + chance.below(40);
    const kind = chance.below(6);
    if (kind === 0) bytes = bytes.subarray(0, at);
    else if (kind === 1) bytes = joined(bytes.subarray(0, at), bytes.subarray(at + count));
    else if (kind === 2) bytes = joined(bytes.subarray(0, at + count), bytes.subarray(at));
    else if (kind === 3) bytes[at] = chance.below(256);
    else bytes[at] = chance.of(TELLING);
  }
  return bytes;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(a.length + b.length);
  whole.set(a);
  whole.set(b, a.length);
  return whole;
}

export interface Reading {
  readonly tcpSegments: number;
  readonly problems: number;
}

/** Throws when the capture read in pieces says something else, or on anything else that is no problem of the capture. */
export function readBothWays(bytes: Uint8Array, chance: Chance): Reading {
  const analysis = analyse(bytes, { protocols });
  const json = inPieces(bytes, 'json', chance);
  const told = JSON.parse(json) as { connections: { id: number }[] };
  // A stream tells of a connection when it is over (src/tcp/trace-stream.ts); read whole they come by number.
  told.connections.sort((a, b) => a.id - b.id);
  const expected: unknown = JSON.parse(JSON.stringify(traceJson(analysis)));
  if (!isDeepStrictEqual(told, expected)) throw new Error('read in pieces it says something else');
  const said = json.length + inPieces(bytes, 'md', chance).length;
  if (said > TOLD.base + TOLD.perByte * bytes.length)
    throw new Error(`${said} characters are said of ${bytes.length} bytes`);
  return { tcpSegments: analysis.tcpSegments, problems: analysis.problems.length };
}

/** Reads it through one small buffer, which is scribbled over after each piece. */
function inPieces(bytes: Uint8Array, format: TraceFormat, chance: Chance): string {
  const parts: Buffer[] = [];
  const reader = new CaptureReader({ reuse: true });
  const stream = new TraceStream(reader, {
    format,
    protocols,
    title: 'hostile',
    write: (part) => parts.push(Buffer.from(part)),
  });
  const buffer = Buffer.alloc(1 + chance.below(4000));
  for (let at = 0; at < bytes.length; at += buffer.length) {
    const piece = bytes.subarray(at, at + buffer.length);
    buffer.set(piece);
    reader.add(buffer.subarray(0, piece.length));
    for (let packet = reader.next(); packet !== undefined; packet = reader.next()) stream.packet(packet);
    buffer.fill(0x5a);
  }
  reader.end();
  stream.end(reader);
  return Buffer.concat(parts).toString();
}
