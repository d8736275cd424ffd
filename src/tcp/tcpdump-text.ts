/**
 * Reads what tcpdump prints, as people paste it: between prose, prompts and fences, with remarks, excerpts repeated under
 * the whole, and bytes past the end of the IP packet. Where bytes were printed (`-x`, `-X`, `-xx`, `-XX`) they are
 * believed; a line alone gives what it says.
 */
import { SegmentDecoder } from './decode.ts';
import { u16be, u8 } from './integers.ts';
import { LINK } from './link.ts';
import type { CaptureProblem } from './packet.ts';
import { Segment } from './segment.ts';
import { readHexRow, readLineTime, readTcpLine, type LineTime, type TcpLine } from './tcpdump-line.ts';
import { NameBook } from './tcpdump-names.ts';
import { NumberRestorer } from './tcpdump-numbers.ts';

export interface TextCapture {
  readonly segments: readonly Segment[];
  readonly problems: readonly CaptureProblem[];
  /** Undefined when the text has only times of day, or none. */
  readonly epochNs: bigint | undefined;
}

type Entry = {
  line: TcpLine;
  time: LineTime | undefined;
  lineNumber: number;
  sixes: boolean;
  bytes: number[];
  hole: boolean;
};

/** Link headers that `-xx` prints in front of IP: none, null, Ethernet, cooked, with one VLAN tag, cooked v2. */
const HEADERS = [0, 14, 16, 18, 20, 22, 4] as const;
const MAX_BYTES = 1 << 20;
const NS_PER_DAY = 86_400e9;

/** True when the text has at least one line that `readTcpdumpText` understands. */
export function looksLikeTcpdump(text: string): boolean {
  return text.split('\n').some((line) => readTcpLine(line) !== undefined);
}

export function readTcpdumpText(text: string): TextCapture {
  const problems: CaptureProblem[] = [];
  const entries = dropRepeats(collect(text, problems), problems);
  const clock = new Clock(entries.flatMap(({ time }) => (time === undefined ? [] : [time])));
  const names = new NameBook();
  const decoder = new SegmentDecoder();
  const numbers = new NumberRestorer();
  const past: number[] = [];
  const decoded = entries.map((entry) => {
    const segment = new Segment();
    const ok = decodeBytes(entry, segment, decoder, names, past);
    if (!ok && entry.bytes.length > 0) {
      const why = `the bytes under line ${entry.lineNumber} do not fit the line; the line is believed`;
      problems.push({ code: 'damaged-text', at: entry.lineNumber, text: why });
    }
    return { entry, segment, ok };
  });
  const segments = decoded.map(({ entry, segment, ok }, index) => {
    segment.frame = index + 1;
    segment.atNs = clock.atNs(entry.time);
    const { source, destination } = entry.line;
    if (ok) numbers.learn(entry.line, source, destination, segment.seq, segment.ack);
    else fromLine(entry, segment, numbers, names);
    return segment;
  });
  if (past.length > 0) {
    const count = past.reduce((sum, extra) => sum + extra, 0);
    const said = `${count} bytes printed past the IP length of ${past.length} packets are not part of them`;
    problems.push({ code: 'bytes-past-ip', at: 0, text: said });
  }
  for (const invented of names.invented) {
    problems.push({ code: 'damaged-text', at: 0, text: `the text has a name and no number: ${invented}` });
  }
  return { segments, problems, epochNs: clock.epochNs };
}

function collect(text: string, problems: CaptureProblem[]): Entry[] {
  const entries: Entry[] = [];
  let time: LineTime | undefined;
  let sixes = false;
  let open: Entry | undefined;
  text.split('\n').forEach((raw, index) => {
    const line = raw.length > 4096 ? raw.slice(0, 4096) : raw.trimEnd();
    const row = readHexRow(line);
    if (row !== undefined) {
      if (open === undefined || open.hole || open.bytes.length >= MAX_BYTES) return;
      if (row.offset === open.bytes.length) open.bytes.push(...row.bytes);
      else if (row.offset > open.bytes.length) {
        open.hole = true;
        const said = `line ${index + 1} goes on at byte ${row.offset} where ${open.bytes.length} was expected`;
        problems.push({ code: 'damaged-text', at: index + 1, text: said });
      }
      return;
    }
    const stamped = readLineTime(line);
    if (stamped !== undefined) {
      time = stamped;
      sixes = /\bIP6\b/.test(line);
      open = undefined;
    }
    const tcp = readTcpLine(line);
    if (tcp === undefined) return;
    const six = sixes || /\bIP6\b/.test(line);
    open = { line: tcp, time, lineNumber: index + 1, sixes: six, bytes: [], hole: false };
    time = undefined;
    entries.push(open);
  });
  return entries;
}

/** An excerpt under the whole shows packets again: same time, same line. The copy with more bytes is kept. */
function dropRepeats(entries: readonly Entry[], problems: CaptureProblem[]): Entry[] {
  const seen = new Map<string, Entry>();
  const kept: Entry[] = [];
  let repeats = 0;
  for (const entry of entries) {
    const { source, destination, flags, seq, ack, length, window, tsVal, tsEcr } = entry.line;
    const key = `${entry.time?.text} ${source} ${destination} ${flags} ${seq} ${ack} ${length} ${window} ${tsVal} ${tsEcr}`;
    const earlier = entry.time === undefined ? undefined : seen.get(key);
    if (earlier === undefined) {
      seen.set(key, entry);
      kept.push(entry);
      continue;
    }
    repeats++;
    if (entry.bytes.length > earlier.bytes.length) earlier.bytes = entry.bytes;
  }
  if (repeats > 0) {
    const said = `${repeats} ${repeats === 1 ? 'packet is' : 'packets are'} shown again further down; counted once`;
    problems.push({ code: 'repeated-excerpt', at: 0, text: said });
  }
  return kept;
}

/**
 * Lines to nanoseconds since the first one. A time of day far back is past midnight. A first line at midnight sharp is
 * `-ttt` or `-ttttt`: times since the line before, or since the first; they are of the former kind when one goes back.
 */
class Clock {
  readonly epochNs: bigint | undefined;
  readonly #first: LineTime | undefined;
  readonly #deltas: boolean;
  #day = 0;
  #last = 0;

  constructor(times: readonly LineTime[]) {
    const [first] = times;
    this.#first = first;
    if (first?.epochSec !== undefined) {
      this.epochNs = BigInt(first.epochSec) * 1_000_000_000n + BigInt(first.ns);
    }
    const fromZero = first?.epochSec === undefined && first?.ns === 0;
    this.#deltas = fromZero && times.some(({ ns }, index) => ns < (times[index - 1]?.ns ?? 0));
  }

  /** A line without a time happened when the one before it did. */
  atNs(time: LineTime | undefined): number {
    const first = this.#first;
    if (time === undefined || first === undefined) return this.#last;
    if (this.#deltas) this.#last += time.ns;
    else if (first.epochSec !== undefined && time.epochSec !== undefined) {
      this.#last = (time.epochSec - first.epochSec) * 1e9 + time.ns - first.ns;
    } else {
      const at = time.ns - first.ns + this.#day;
      if (at < this.#last - NS_PER_DAY / 2) this.#day += NS_PER_DAY;
      this.#last = time.ns - first.ns + this.#day;
    }
    return this.#last;
  }
}

/** Finds the IP header in the printed bytes by what the line says, and decodes the packet. */
function decodeBytes(
  entry: Entry,
  segment: Segment,
  decoder: SegmentDecoder,
  names: NameBook,
  past: number[],
): boolean {
  if (entry.bytes.length < 40) return false;
  const data = Uint8Array.from(entry.bytes);
  for (const start of HEADERS) {
    const wireLength = ipLength(data, start);
    if (wireLength === 0) continue;
    const end = Math.min(data.length, start + wireLength);
    const packet = { frame: 0, atNs: 0, data, start, end, originalLength: wireLength, linkType: LINK.raw };
    if (!decoder.decode(packet, segment)) continue;
    const { line } = entry;
    if (segment.flags !== line.flags || segment.payloadLength !== line.length) continue;
    if (data.length > end) past.push(data.length - end);
    const family = segment.family === 6 ? 6 : 4;
    const { src0, src1, src2, src3, dst0, dst1, dst2, dst3 } = segment;
    names.learn(line.source, { family, words: [src0, src1, src2, src3], port: segment.srcPort });
    names.learn(line.destination, { family, words: [dst0, dst1, dst2, dst3], port: segment.dstPort });
    return true;
  }
  return false;
}

function ipLength(data: Uint8Array, at: number): number {
  const version = u8(data, at) >> 4;
  if (version === 4 && (u8(data, at) & 15) >= 5 && u8(data, at + 9) === 6) return u16be(data, at + 2);
  return version === 6 ? u16be(data, at + 4) + 40 : 0;
}

function fromLine(entry: Entry, segment: Segment, numbers: NumberRestorer, names: NameBook): void {
  const { line } = entry;
  segment.reset();
  const source = names.lookUp(line.source, entry.sixes);
  const destination = names.lookUp(line.destination, entry.sixes);
  segment.family = source.family;
  [segment.src0, segment.src1, segment.src2, segment.src3] = source.words;
  [segment.dst0, segment.dst1, segment.dst2, segment.dst3] = destination.words;
  segment.srcPort = source.port;
  segment.dstPort = destination.port;
  const { seq, ack, sack } = numbers.restore(line, line.source, line.destination);
  segment.seq = seq;
  segment.ack = ack;
  segment.sack = sack;
  segment.flags = line.flags;
  segment.window = line.window;
  segment.mss = line.mss;
  segment.windowShift = line.windowShift;
  segment.sackPermitted = line.sackPermitted;
  segment.tsVal = line.tsVal;
  segment.tsEcr = line.tsEcr;
  segment.data = new Uint8Array(0);
  segment.payloadStart = 0;
  segment.payloadLength = line.length;
  segment.payloadCaptured = 0;
}
