import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { analyse, analyseText, FASTCGI, HTTP, traceJson, type Analysis } from '../../src/tcp/index.ts';
import { program } from '../helpers/programs.ts';
import { tempFolder } from '../helpers/temp.ts';
import { oddCapture } from './odd-segments.ts';

const entry = program('bin/chat-lab');
const capture = (name: string): string =>
  fileURLToPath(new URL(`../fixtures/captures/${name}`, import.meta.url));
const exchange = capture('scene-exchange.pcap');

function trace(...words: string[]): { stdout: string; stderr: string; status: number | null } {
  return spawnSync(process.execPath, [entry, 'trace', ...words], { encoding: 'utf8' });
}

test('text, markdown, mermaid and SVG of one capture', () => {
  expect(trace(exchange).stdout).toContain('the three-way handshake is complete [1-3]');
  const markdown = trace(exchange, '--format', 'md').stdout;
  expect(markdown).toContain('```mermaid\nsequenceDiagram');
  expect(trace(exchange, '--format', 'mermaid').stdout).toMatch(/^sequenceDiagram\n/);
  expect(trace(exchange, '--format', 'svg').stdout).toMatch(/^<svg [^]*<\/svg>\n$/);
}, 60_000);

test('gzip, standard input and a pipe that grows give the same as the file', async () => {
  const plain = trace(exchange, '--format', 'json').stdout;
  const zipped = join(tempFolder(), 'capture.pcap.gz');
  writeFileSync(zipped, gzipSync(readFileSync(exchange)));
  expect(trace(zipped, '--format', 'json').stdout).toBe(plain);
  const child = spawn(process.execPath, [entry, 'trace', '-', '--format', 'json']);
  let out = '';
  child.stdout.on('data', (data: Buffer) => (out += data.toString()));
  for (const byte of readFileSync(exchange)) child.stdin.write(Uint8Array.of(byte));
  child.stdin.end();
  await once(child, 'close');
  expect(out).toBe(plain);
}, 60_000);

test('a reader that has seen enough ends it without a word', async () => {
  const file = join(tempFolder(), 'long.pcap');
  writeFileSync(file, oddCapture(1, 300));
  const child = spawn(process.execPath, [entry, 'trace', file, '--all']);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdout.once('data', () => child.stdout.destroy());
  const [code] = (await once(child, 'close')) as [number | null];
  expect({ code, said }).toEqual({ code: 0, said: '' });
}, 60_000);

test('a cut gzip file gives what is whole', () => {
  const zipped = gzipSync(readFileSync(capture('scene-nagle.pcap')));
  const cut = join(tempFolder(), 'cut.gz');
  writeFileSync(cut, zipped.subarray(0, zipped.length - 100));
  const { status, stdout } = trace(cut);
  expect(status).toBe(0);
  expect(stdout).toContain('the capture ends inside a record');
}, 30_000);

test('what cannot be read is refused with exit code 2 and the reason', () => {
  const text = join(tempFolder(), 'letter.txt');
  writeFileSync(text, 'Dear reader,\nthis is no capture.\n');
  for (const [file, why] of [
    [text, 'neither a capture nor text of tcpdump'],
    [join(tempFolder(), 'nothing'), 'no such file'],
  ] as const) {
    const { status, stderr } = trace(file);
    expect(status).toBe(2);
    expect(stderr).toContain(why);
  }
  expect(trace(exchange, '--connection', '7').stderr).toContain('the capture has no connection 7');
}, 60_000);

test('JSON is as docs/trace.schema.json says, for every kind of input', () => {
  const file = fileURLToPath(new URL('../../docs/trace.schema.json', import.meta.url));
  const schema = z.fromJSONSchema(
    JSON.parse(readFileSync(file, 'utf8')) as Parameters<typeof z.fromJSONSchema>[0],
  );
  const protocols = [HTTP, FASTCGI];
  const analyses: Analysis[] = [
    analyse(readFileSync(exchange), { protocols }),
    analyse(readFileSync(capture('scene-simultaneous-close.pcap'))),
    analyse(oddCapture(3, 60)),
    analyse(new Uint8Array(0)),
    analyseText(readFileSync(capture('fastcgi-loopback.tcpdump-X.txt'), 'utf8'), { protocols }),
  ];
  for (const analysis of analyses) {
    const value: unknown = JSON.parse(JSON.stringify(traceJson(analysis)));
    expect(schema.safeParse(value).error?.issues ?? []).toEqual([]);
  }
  expect(schema.safeParse({ version: 1 }).success).toBe(false);
});
