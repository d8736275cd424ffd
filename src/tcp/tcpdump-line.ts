/**
 * One line of tcpdump's text, in today's form (`Flags [P.], seq 1:3, ack 1, win 342, length 2`) or the one before 2007
 * (`P 1:3(2) ack 1 win 342`; some builds wrote `Push`). People paste such lines with prompts before and remarks behind
 * them, so what is looked for may stand anywhere in the line, and what follows the last known word is left alone.
 */
import { FLAG } from './segment.ts';

/** A TCP line as printed: numbers may be relative, names may stand for numbers. */
export interface TcpLine {
  readonly source: string;
  readonly destination: string;
  readonly flags: number;
  readonly seq: number | undefined;
  readonly ack: number | undefined;
  readonly window: number;
  readonly length: number;
  readonly mss: number;
  readonly windowShift: number;
  readonly sackPermitted: boolean;
  readonly tsVal: number;
  readonly tsEcr: number;
  /** Edges of SACK blocks, relative like the numbers. */
  readonly sack: readonly number[];
}

const TODAY = /(\S{1,300}) > (\S{1,300}?): Flags \[([^\]]*)\],?(.*)$/;
const FORMER =
  /(\S{1,300}) > (\S{1,300}?): ((?:[SFPRWEU]+\.?|\.)|(?:(?:Syn|Fin|Push|Rst|Reset|Urg)[,+|]?)+)(?=[ ,]|$)(.*)$/;

/** What the line says of a TCP segment; undefined when it is not such a line. */
export function readTcpLine(line: string): TcpLine | undefined {
  // Most lines are none; long ones without this mark are not searched from every position.
  if (!line.includes(' > ')) return undefined;
  const today = TODAY.exec(line);
  if (today !== null) {
    const [, source = '', destination = '', letters = '', rest = ''] = today;
    const flags = letters === 'none' ? 0 : flagsOf(letters, true);
    return flags === undefined ? undefined : withRest(source, destination, flags, rest);
  }
  const former = FORMER.exec(line);
  if (former === null) return undefined;
  const [, source = '', destination = '', letters = '', rest = ''] = former;
  const flags = letters.length > 2 && /[a-z]/.test(letters) ? flagsOfWords(letters) : flagsOf(letters, false);
  // The old form does not name ACK among the flags: the number's presence says it. A lone dot needs one, or it is prose.
  if (flags === undefined || (letters === '.' && !/\back \d/.test(rest))) return undefined;
  if (!/\bwin \d|\(\d+\)|\back \d/.test(rest)) return undefined;
  return withRest(source, destination, /\back \d/.test(rest) ? flags | FLAG.ack : flags, rest);
}

const LETTERS: Readonly<Record<string, number>> = {
  F: FLAG.fin,
  S: FLAG.syn,
  R: FLAG.rst,
  P: FLAG.psh,
  U: FLAG.urg,
  E: FLAG.ece,
  W: FLAG.cwr,
  e: FLAG.ae,
};

function flagsOf(letters: string, dotIsAck: boolean): number | undefined {
  let flags = 0;
  for (const letter of letters) {
    const bit = letter === '.' ? (dotIsAck ? FLAG.ack : 0) : LETTERS[letter];
    if (bit === undefined) return undefined;
    flags |= bit;
  }
  return flags;
}

function flagsOfWords(words: string): number {
  let flags = 0;
  if (words.includes('Syn')) flags |= FLAG.syn;
  if (words.includes('Fin')) flags |= FLAG.fin;
  if (words.includes('Push')) flags |= FLAG.psh;
  if (/Rst|Reset/.test(words)) flags |= FLAG.rst;
  if (words.includes('Urg')) flags |= FLAG.urg;
  return flags;
}

function withRest(source: string, destination: string, flags: number, rest: string): TcpLine {
  const options = /options \[([^\]]*)\]/.exec(rest)?.[1] ?? /<([^>]*)>/.exec(rest)?.[1] ?? '';
  const outside = rest.replace(options, '');
  const range = /(?:\bseq |^ )(\d+)(?::(\d+))?(?:\((\d+)\))?/.exec(outside);
  const first = range?.[1];
  const last = range?.[2];
  const between = first !== undefined && last !== undefined ? (Number(last) - Number(first)) >>> 0 : 0;
  const length = numberAfter(/\blength (\d+)/, outside) ?? (range?.[3] ? Number(range[3]) : between);
  const timestamps = /TS val (\d+) ecr (\d+)/.exec(options) ?? /timestamp (\d+) (\d+)/.exec(options);
  return {
    source,
    destination,
    flags,
    seq: first === undefined ? undefined : Number(first),
    ack: numberAfter(/\back (\d+)/, outside),
    window: numberAfter(/\bwin (\d+)/, outside) ?? 0,
    length,
    mss: numberAfter(/\bmss (\d+)/, options) ?? -1,
    windowShift: numberAfter(/\bwscale (\d+)/, options) ?? -1,
    sackPermitted: /sackOK/.test(options),
    tsVal: timestamps ? Number(timestamps[1]) : -1,
    tsEcr: timestamps ? Number(timestamps[2]) : -1,
    sack: [...options.matchAll(/\{(\d+):(\d+)\}/g)].flatMap(([, left, right]) => [
      Number(left),
      Number(right),
    ]),
  };
}

function numberAfter(pattern: RegExp, text: string): number | undefined {
  const digits = pattern.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The time at the start of a line: since midnight, or since 1970 when a date or `-tt` gives it. */
export interface LineTime {
  readonly text: string;
  readonly ns: number;
  /** Whole seconds since 1970 that `ns` is added to; undefined when the line has only a time of day. */
  readonly epochSec: number | undefined;
}

const CLOCK = /(?:(\d{4})-(\d\d)-(\d\d)[ T])?(\d\d):(\d\d):(\d\d)\.(\d{6,9})(?!\d)/;
const SECONDS = /(?:^|\s)(\d{9,10})\.(\d{6,9})(?= )/;

export function readLineTime(line: string): LineTime | undefined {
  const clock = CLOCK.exec(line);
  if (clock !== null) {
    const [text, year, month, day, hours, minutes, seconds, fraction = ''] = clock;
    const ns = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1e9 + fractionNs(fraction);
    const epochSec =
      year === undefined ? undefined : Date.UTC(Number(year), Number(month) - 1, Number(day)) / 1000;
    return { text, ns, epochSec };
  }
  const seconds = SECONDS.exec(line);
  if (seconds === null) return undefined;
  return { text: seconds[0].trim(), ns: fractionNs(seconds[2] ?? ''), epochSec: Number(seconds[1]) };
}

const fractionNs = (digits: string): number => Number(digits.padEnd(9, '0'));

/** A row of `-x`, `-X`, `-xx` or `-XX`: its offset and bytes. */
export interface HexRow {
  readonly offset: number;
  readonly bytes: readonly number[];
}

const ROW = /0x([0-9a-f]{4,8}):\s{1,2}((?:[0-9a-f]{4} ){0,7}(?:[0-9a-f]{4}|[0-9a-f]{2}))(?=\s|$)/i;

export function readHexRow(line: string): HexRow | undefined {
  const row = ROW.exec(line);
  if (row === null) return undefined;
  const digits = (row[2] ?? '').replaceAll(' ', '');
  const bytes: number[] = [];
  for (let i = 0; i < digits.length; i += 2) bytes.push(Number.parseInt(digits.slice(i, i + 2), 16));
  return { offset: Number.parseInt(row[1] ?? '0', 16), bytes };
}
