import {
  type AppRecord,
  type Evidence,
  type Line,
  type PortPair,
  type WireView,
  wireView,
} from '../../src/check/index.ts';
import type { CitedMessage, Side } from '../../src/tcp/index.ts';
import { HOST, type RequestId, REQUESTS, type Way, WAYS } from './scenario.ts';

/** A FastCGI record, read here from the bytes (FastCGI 1.0, section 3.3), apart from the trace's own decoder. */
export interface FcgiRecord {
  readonly side: Side;
  readonly type: number;
  readonly requestId: number;
  readonly content: Uint8Array;
  readonly paddingBytes: number;
  /** In this side's stream, its header included. */
  readonly offset: number;
  readonly length: number;
  readonly frames: readonly number[];
  /** What the trace's decoder made of the same bytes. */
  readonly message: CitedMessage | undefined;
}

export const TYPE = { begin: 1, end: 3, params: 4, stdin: 5, stdout: 6, stderr: 7 } as const;
const HEADER_BYTES = 8;

/** One connection of nginx to php-fpm, with the requests that it carried. */
export interface Channel extends PortPair {
  readonly way: Way;
  readonly wire: WireView | undefined;
  readonly records: readonly FcgiRecord[];
  readonly requests: readonly Exchange[];
}

/** A request, and the answer to it. */
export interface Exchange {
  readonly id: RequestId;
  readonly window: { readonly fromUs: number; readonly untilUs: number };
  readonly facts: Readonly<Record<string, unknown>>;
  readonly asked: readonly FcgiRecord[];
  readonly answered: readonly FcgiRecord[];
}

export function channels(evidence: Evidence): Channel[] {
  const serverPort = Number(evidence.manifest.parameters['port']) + 1;
  return WAYS.flatMap((way): Channel[] => {
    const phases = REQUESTS.filter((request) => request.way === way).flatMap(({ id }) => {
      const phase = evidence.manifest.phases.find((each) => each.id === id);
      return phase === undefined ? [] : [{ id, phase }];
    });
    const clientPort = phases[0]?.phase.facts['clientPort'];
    if (typeof clientPort !== 'number') return [];
    const pair = { clientPort, serverPort };
    const wire = wireView(evidence, HOST, pair);
    const records = wire === undefined ? [] : ([0, 1] as const).flatMap((side) => recordsOf(wire, side));
    const requests = phases.map(({ id, phase }, index) => ({
      ...{ id, facts: phase.facts },
      window: { fromUs: phase.startedAtUs, untilUs: phase.endedAtUs ?? phase.startedAtUs },
      asked: nth(records, 0, TYPE.begin, 'begins', index),
      answered: nth(records, 1, TYPE.end, 'ends', index),
    }));
    return [{ ...pair, way, wire, records, requests }];
  });
}

/** The records of the how manyth request, or answer: BEGIN_REQUEST begins one, END_REQUEST ends one. */
function nth(
  records: readonly FcgiRecord[],
  side: Side,
  type: number,
  mark: 'begins' | 'ends',
  index: number,
): FcgiRecord[] {
  let group = mark === 'begins' ? -1 : 0;
  return records
    .filter((record) => record.side === side)
    .filter((record) => {
      if (mark === 'begins' && record.type === type) group++;
      const mine = group === index;
      if (mark === 'ends' && record.type === type) group++;
      return mine;
    });
}

function recordsOf({ connection }: WireView, side: Side): FcgiRecord[] {
  const direction = connection.directions[side];
  const { bytes } = direction.streamBytes();
  const u16 = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  const records: FcgiRecord[] = [];
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const contentBytes = u16(at + 4);
    const paddingBytes = bytes[at + 6] ?? 0;
    const length = HEADER_BYTES + contentBytes + paddingBytes;
    if (bytes[at] !== 1 || at + length > bytes.length) break;
    const offset = at;
    records.push({
      ...{ side, offset, length, paddingBytes },
      type: bytes[at + 1] ?? 0,
      requestId: u16(at + 2),
      content: bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + contentBytes),
      frames: direction.framesOf(at, length),
      message: connection.messages.find((message) => message.side === side && message.offset === offset),
    });
    at += length;
  }
  return records;
}

/** The contents of all records of a type, joined: that is how the specification makes streams of them. */
export function streamOf(records: readonly FcgiRecord[], type: number): Uint8Array {
  const parts = records.filter((record) => record.type === type).map(({ content }) => content);
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Names and values of a PARAMS stream (section 3.4). */
export function pairsOf(bytes: Uint8Array): [name: string, value: string][] {
  const pairs: [string, string][] = [];
  let at = 0;
  const length = (): number => {
    const first = bytes[at] ?? 0;
    if (first < 0x80) {
      at += 1;
      return first;
    }
    const four = bytes.subarray(at, at + 4);
    at += 4;
    return four.reduce((sum, byte, index) => sum * 256 + (index === 0 ? byte & 0x7f : byte), 0);
  };
  while (at < bytes.length) {
    const [name, value] = [length(), length()];
    pairs.push([textOf(bytes.subarray(at, at + name)), textOf(bytes.subarray(at + name, at + name + value))]);
    at += name + value;
  }
  return pairs;
}

/** The script's lines as php-fpm hands them over, several in one message. */
export const loggedLines = (words: string): string[] =>
  [...words.matchAll(/PHP message: (line \d+ for [A-Za-z0-9]+)/g)].map(([, line = '']) => line);

export interface Printed {
  readonly line: number;
  readonly text: string;
}

export function printedBy(evidence: Evidence, process: string): Printed[] {
  return evidence.calls
    .filter(
      (each): each is Line<Extract<AppRecord, { kind: 'log' }>> =>
        each.record.kind === 'log' && each.record.process === process,
    )
    .flatMap(({ line, record }) => {
      const text = record.fields['line'];
      return typeof text === 'string' ? [{ line, text }] : [];
    });
}

/** nginx's words on what php-fpm sent in FCGI_STDERR, one for each request. */
export const toldByNginx = (evidence: Evidence): Printed[] =>
  printedBy(evidence, 'nginx').filter(({ text }) => text.includes('FastCGI sent in stderr'));
