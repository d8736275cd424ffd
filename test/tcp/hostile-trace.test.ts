/** Captures whose bytes were chosen by somebody who knows that they will be shown: `chat-lab trace`, each of its formats. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import MarkdownIt from 'markdown-it';
import { expect, test } from 'vitest';
import { readCapture } from '../../src/tcp/index.ts';
import { clientId, type Message, requestNumber } from '../../src/wire/index.ts';
import { HOSTILE, harmfulIn } from '../helpers/hostile-texts.ts';
import { program } from '../helpers/programs.ts';
import { tempFolder } from '../helpers/temp.ts';
import { bytesOf } from '../net/support/raw.ts';
import { pcapngFile } from './pcapng-file.ts';
import { captureOfTurns } from './turns.ts';

const entry = program('bin/chat-lab');
const EVERYTHING = HOSTILE.map(([, text]) => text).join(' ');

const said = (...messages: Message[]): Uint8Array => bytesOf(messages);

const chat = captureOfTurns(
  5264,
  HOSTILE.flatMap(([, text], index) => [
    said({ type: 'name.request', request: requestNumber(index + 1) }),
    said(
      { type: 'name.response', request: requestNumber(index + 1), name: text.slice(0, 60) },
      {
        ...{ type: 'deliver.indication', request: requestNumber(index + 1), from: clientId(1) },
        ...{ fromAddress: '127.0.0.1', fromPort: 1, text },
      },
    ),
  ]),
);
const lineless = EVERYTHING.replaceAll(/[\r\n]+/g, ' ');
const web = captureOfTurns(80, [
  Buffer.from(`GET /${lineless} HTTP/1.1\r\nHost: ${lineless}\r\n\r\n`),
  Buffer.from(`HTTP/1.1 200 ${lineless}\r\nContent-Type: ${lineless}\r\nContent-Length: 2\r\n\r\nok`),
]);
// As pasted from a blog: names for numbers, remarks glued to a line.
const paste = [
  '12:00:00.000000 IP 10.0.0.1.40000 > 10.0.0.2.80: Flags [S], seq 1, win 100, length 0',
  ...HOSTILE.map(([, text], index) => {
    const word = text.replaceAll(/\s+/g, '_');
    return `12:00:0${index % 10}.00000${index % 10} IP ${word}.${40_000 + index} > 10.0.0.2.80: Flags [S], seq ${index}, win 100, length 0 ${word}\n${text}`;
  }),
].join('\n');

const SOURCES: readonly (readonly [string, string | Uint8Array, readonly string[]])[] = [
  ['packets of the chat protocol', chat, ['--protocol', 'clp']],
  ['HTTP', web, []],
  ['pasted text of tcpdump', paste, []],
];

function trace(content: string | Uint8Array, args: readonly string[]): string {
  const file = join(tempFolder(), 'hostile');
  writeFileSync(file, content);
  const { stdout, status, stderr } = spawnSync(process.execPath, [entry, 'trace', file, ...args], {
    encoding: 'utf8',
  });
  expect(stderr.includes('fault of the kit') || harmfulIn(stderr).length > 0, stderr).toBe(false);
  expect(status).toBe(0);
  return stdout;
}

/** Elements and addresses that a browser would act upon. */
const actsIn = (page: string): string[] =>
  [...page.matchAll(/<\s*(script|img|svg|a|iframe)\b[^>]*/gi)].map(([act]) => act);

test.each(SOURCES)('%s: text, markdown and drawings are harmless', (_what, content, args) => {
  const text = trace(content, [...args, '--all']);
  expect(harmfulIn(text)).toEqual([]);
  const markdown = trace(content, [...args, '--format', 'md', '--all']);
  expect(harmfulIn(markdown)).toEqual([]);
  expect(actsIn(new MarkdownIt({ html: true }).render(markdown))).toEqual([]);
  // A drawing is of one connection: of the last, which in the pasted text has a hostile name.
  const one = [...args, '--connection', String((text.match(/^connection \d+/gm)?.length ?? 0) - 1)];
  expect(harmfulIn(trace(content, [...one, '--format', 'mermaid']))).toEqual([]);
  const svg = trace(content, [...one, '--format', 'svg']);
  expect(harmfulIn(svg)).toEqual([]);
  expect(actsIn(svg).filter((act) => !act.startsWith('<svg xmlns'))).toEqual([]);
});

const MIB = 1024 ** 2;
const long = lineless.repeat(Math.ceil(MIB / lineless.length)).slice(0, MIB);
/** In segments of 60,000 bytes, as offload makes them; the server says nothing between. */
const inSegments = (bytes: Buffer): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / 60_000) }, (_, at) => [
    bytes.subarray(60_000 * at, 60_000 * (at + 1)),
    Buffer.alloc(0),
  ]).flat();

test.each([
  ['a path of 1 MiB', 80, `GET /${long} HTTP/1.1\r\nHost: x\r\n\r\n`],
  ['a header of 1 MiB', 80, `GET / HTTP/1.1\r\nHost: ${long}\r\n\r\n`],
  ['a line of 1 MiB', 7, `${long}\n`],
])('%s: trace and its report are harmless and short', (_what, port, content) => {
  const capture = captureOfTurns(port, inSegments(Buffer.from(content)));
  for (const format of ['text', 'md', 'svg', 'mermaid']) {
    const shown = trace(capture, ['--format', format, ...(/svg|mermaid/.test(format) ? [] : ['--all'])]);
    expect(harmfulIn(shown)).toEqual([]);
    // Some fifty segments are told of, not what was in them.
    expect(shown.length, format).toBeLessThan(256 * 1024);
  }
});

test('a time beyond what a date can be: the capture is told without it', () => {
  const capture = Buffer.from(pcapngFile(readCapture(chat).packets));
  // The upper half of the first packet's time: behind two blocks of 28 and 20 bytes, and three words of its own.
  expect(capture.readUInt32LE(48)).toBe(6);
  capture.writeUInt32LE(0xffff_ffff, 48 + 12);
  expect(trace(capture, ['--format', 'md'])).toContain('# ');
  expect(trace(capture, [])).toContain('three-way handshake');
});
