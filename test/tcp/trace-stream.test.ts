/** A trace written while the capture is read says what one made afterwards says, and takes no more memory for a longer one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  analyse,
  analyseText,
  CaptureReader,
  FASTCGI,
  FLAG,
  HTTP,
  ladderMermaid,
  ladderOf,
  ladderSvg,
  noteNames,
  readTcpdumpText,
  traceJson,
  traceMarkdown,
  TraceStream,
  traceText,
  type Analysis,
  type TraceFormat,
  type TraceStreamOptions,
} from '../../src/tcp/index.ts';
import { sharedTempFolder } from '../helpers/temp.ts';
import { longCaptures, type LongCapture } from './long-captures.ts';
import { oddCapture, pcapFile, tcpPacket, type WrittenPacket } from './odd-segments.ts';

const protocols = [HTTP, FASTCGI];
const captures = fileURLToPath(new URL('../fixtures/captures/', import.meta.url));
const entry = fileURLToPath(new URL('./trace-memory.ts', import.meta.url));

function streamed(
  bytes: Uint8Array,
  format: TraceFormat,
  more: Partial<TraceStreamOptions> = {},
  chunk = 700,
): string {
  let out = '';
  const write = (part: string | Uint8Array): void => {
    out += typeof part === 'string' ? part : Buffer.from(part).toString();
  };
  const options: TraceStreamOptions = { format, protocols, title: 'capture', write, ...more };
  if (bytes[0] !== 0xd4 && bytes[0] !== 0x4d) {
    const capture = readTcpdumpText(new TextDecoder().decode(bytes));
    const stream = new TraceStream(capture, options);
    for (const segment of capture.segments) stream.segment(segment);
    stream.end(capture);
    return out;
  }
  const reader = new CaptureReader();
  const stream = new TraceStream(reader, options);
  for (let at = 0; at < bytes.length; at += chunk)
    for (const packet of reader.push(bytes.slice(at, at + chunk))) stream.packet(packet);
  reader.end();
  stream.end(reader);
  return out;
}

const elide = { head: 4, tail: 3 };
const inputs: [string, Uint8Array, Analysis][] = readdirSync(captures)
  .filter((name) => /\.(pcap|txt)$/.test(name))
  .map((name) => {
    const bytes = readFileSync(captures + name);
    const analysis = name.endsWith('.pcap')
      ? analyse(bytes, { protocols })
      : analyseText(bytes.toString(), { protocols });
    return [name, bytes, analysis];
  });
for (const seed of [5, 6]) {
  const bytes = oddCapture(seed, 80);
  inputs.push([`odd conversations, seed ${seed}`, bytes, analyse(bytes, { protocols })]);
}

describe('streamed and afterwards say the same', () => {
  test.each(inputs)('%s', (_name, bytes, analysis) => {
    expect(streamed(bytes, 'text', { elide })).toBe(`${traceText(analysis, { elide })}\n`);
    expect(streamed(bytes, 'text')).toBe(`${traceText(analysis)}\n`);
    expect(streamed(bytes, 'md', { elide, language: 'zh' })).toBe(
      traceMarkdown(analysis, 'capture', { elide, language: 'zh' }),
    );
    expect(JSON.parse(streamed(bytes, 'json'))).toEqual(JSON.parse(JSON.stringify(traceJson(analysis))));
    const drawn = analysis.connections.at(-1);
    if (drawn === undefined) throw new Error('no connection');
    const ladder = ladderOf(drawn, { elide, notesOf: noteNames });
    expect(streamed(bytes, 'svg', { elide, only: drawn.id })).toBe(`${ladderSvg(ladder)}\n`);
    expect(streamed(bytes, 'mermaid', { elide, only: drawn.id })).toBe(`${ladderMermaid(ladder)}\n`);
  });
});

test('JSON of a long connection: the first and the last five hundred of each kind, as they are in the whole', () => {
  const [, exchanges] = longCaptures(2000);
  const bytes = Buffer.concat([...exchanges.chunks()]);
  const [whole, cut] = [{}, { elide }].map((more) => {
    const value = JSON.parse(streamed(bytes, 'json', more, 65_536)) as {
      connections: { segments: object[]; timeline: object[]; elided: Record<string, number> }[];
    };
    return value.connections[0];
  });
  if (whole === undefined || cut === undefined) throw new Error('no connection');
  expect(whole.segments).toHaveLength(4006);
  expect(cut.segments).toEqual([...whole.segments.slice(0, 500), ...whole.segments.slice(-500)]);
  expect(cut.timeline).toEqual([...whole.timeline.slice(0, 500), ...whole.timeline.slice(-500)]);
  expect(cut.elided).toEqual({ segments: 3006, events: whole.timeline.length - 1000, messages: 0 });
});

test('two thousand connections: told as they end, each once, numbered as they began; the sum comes last', () => {
  const [many] = longCaptures(2000);
  const bytes = Buffer.concat([...many.chunks()]);
  const text = streamed(bytes, 'text', { elide }, 65_536);
  expect(text).toMatch(/^connections in the order in which they ended; the sum is at the end\n/);
  const numbers = [...text.matchAll(/^connection (\d+) {2}10\.0\.0\.1:(\d+) /gm)].map((match) =>
    Number(match[1]),
  );
  // They do not overlap, so they end as they begin.
  expect(numbers).toEqual(Array.from({ length: 2000 }, (_, i) => i));
  expect(text).toContain(
    `\n2000 connections, ${many.segments} TCP segments in ${many.segments} packets, from `,
  );
  const value = JSON.parse(streamed(bytes, 'json', { elide }, 65_536)) as { connections: { id: number }[] };
  expect(value.connections.map(({ id }) => id)).toEqual(numbers);
});

test('a FIN that comes once more after its connection was told opens no connection of its own', () => {
  const [many] = longCaptures(1500);
  const fin = tcpPacket({
    fromA: true,
    portA: 1024,
    portB: 80,
    seq: 1,
    ack: 1,
    flags: FLAG.fin | FLAG.ack,
    window: 100,
    length: 0,
  });
  const last: WrittenPacket = { atNs: 200e9, bytes: fin };
  const bytes = Buffer.concat([...many.chunks(), pcapFile([last]).subarray(24)]);
  const text = streamed(bytes, 'text', { elide }, 65_536);
  expect(text).toContain('1500 connections, ');
  expect(text).toContain('note: 1 segment came after its connection was over and told');
});

/** A capture in a file, written piece by piece. */
function written(capture: LongCapture, name: string): string {
  const file = join(folder, name);
  const output = openSync(file, 'w');
  for (const chunk of capture.chunks()) writeSync(output, chunk);
  closeSync(output);
  return file;
}

/** The most memory in MB that was resident in a process of its own that traces a capture. */
async function peakMb(file: string, ...options: string[]): Promise<number> {
  const args = ['--max-semi-space-size=8', entry, 'trace', file, ...options];
  // Compiling takes memory, too: with modules out of a cache it would depend on who had run before.
  const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: '1' };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  await once(child, 'close');
  const peak = /peak (\d+) KB/.exec(said)?.[1];
  if (peak === undefined) throw new Error(`the trace failed: ${said}`);
  return Number(peak) / 1024;
}

const folder = sharedTempFolder();

describe('ten times the capture takes the memory of one', () => {
  const shapes = [
    ['many connections', 0, 6000],
    ['one long connection of questions and answers', 1, 15_000],
    ['one long transfer', 2, 15_000],
  ] as const;
  test.each(shapes)(
    '%s, as text and as JSON',
    async (name, index, size) => {
      const small = written(longCaptures(size)[index], `${name} small`);
      const large = written(longCaptures(10 * size)[index], `${name} large`);
      for (const format of ['text', 'json']) {
        const ratio = (await peakMb(large, '--format', format)) / (await peakMb(small, '--format', format));
        // Where everything is kept the ratio is 3 to 6.
        expect(ratio, format).toBeLessThan(1.6);
      }
    },
    300_000,
  );
});
