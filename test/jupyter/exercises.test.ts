/**
 * The checks of notebooks/ on answers that are right in another way, and on ones that are nearly right: functions against
 * captures of test/fixtures, whose right answers are counted by hand; captures from there as what a student made.
 */
import { dirname, join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Language } from '../../src/check/index.ts';
import { EXERCISES } from '../../src/jupyter/exercise-table.ts';
import { checkExercise } from '../../src/jupyter/exercise.ts';
import { readNotebook } from '../../src/jupyter/index.ts';
import { openProtocol, protocolView } from '../../src/jupyter/protocol-view.ts';
import { CaptureView } from '../../src/jupyter/capture-view.ts';
import { appProtocols, viewOfFile } from '../../src/jupyter/trace-view.ts';
import { SocketTable } from '../../src/jupyter/world/socket-table.ts';
import type { SocketRow } from '../../src/host/index.ts';
import { writeFileSync } from 'node:fs';
import { tempFolder } from '../helpers/temp.ts';
import { chatLab, notebookOf, root } from './notebook-rig.ts';

const captures = join(dirname(fileURLToPath(import.meta.url)), '../fixtures/captures');
const traced = (name: string) => viewOfFile(join(captures, name), appProtocols([]), 'en');
const made = (name: string): CaptureView => {
  const file = { host: 'client', address: '127.0.0.1', file: join(captures, name), captured: 1, dropped: 0 };
  const files = { files: [file], changes: [], between: { fromMs: 0, toMs: 0 }, writes: { client: 1 } };
  return new CaptureView(files, undefined, appProtocols([]), 'en');
};
const three = [
  'netcat-any.tcpdump-XX-vv.txt',
  'http-keepalive.tcpdump-old.txt',
  'fastcgi-loopback.tcpdump-X.txt',
].map(traced);

const yaml = ((): string => {
  const [first] = readNotebook(join(root, 'notebooks/en/03-your-protocol.ipynb')).cells.filter(({ source }) =>
    source.startsWith('const yaml'),
  );
  return /`([^]*?)`/.exec(first?.source ?? '')?.[1] ?? '';
})();
const mine = protocolView(openProtocol(yaml), 'en');
const beats = (request: string, response: string): string =>
  `${yaml.replace('name-is: 130', 'name-is: 130, beat: 3, back: 131')}  heartbeat.request: ${request}\n  heartbeat.response: ${response}`;
const BEAT = '{ from: client, when: { type: beat } }';
const BACK = '{ from: server, when: { type: back } }';

const row = (host: string, localPort: number, remoteAddress: string, state: SocketRow['state']) => ({
  host,
  row: { localAddress: '10.77.0.2', localPort, remoteAddress, remotePort: 7000, state } as SocketRow,
});
const table = (...rows: ReturnType<typeof row>[]): SocketTable => new SocketTable(rows);

/** A student's function, in a notebook's own context. */
const fn = (code: string): unknown => runInThisContext(`(${code})`);
const status = (id: string, answer: unknown, evidence?: unknown): string =>
  checkExercise(id, answer, evidence, 'en').status;

describe('right in another way', () => {
  test.each<[id: string, code: string, evidence?: unknown]>([
    ['01-a', '(t) => t.count({ data: false })', three],
    ['01-a', '(t) => { let n = 0; for (const p of t.packets) if (!p.len) n++; return n; }', three],
    ['02-a', "(r) => { const p = r.join('').split('\\n'); p.pop(); return p; }"],
    ['02-a', "(r) => [...r.join('').matchAll(/([^\\n]*)\\n/g)].map((m) => m[1])"],
    ['03-a', '(n, s) => [0, 8, 129, n, s >>> 24, (s >>> 16) & 255, (s >>> 8) & 255, s & 255]', mine],
    [
      '03-a',
      '(n, s) => { const b = new DataView(new ArrayBuffer(8)); b.setUint16(0, 8); b.setUint8(2, 129); b.setUint8(3, n); b.setUint32(4, s); return b; }',
      mine,
    ],
    [
      '03-a',
      '(n, s) => { const b = new DataView(new ArrayBuffer(8)); b.setUint16(0, 8); b.setUint8(2, 129); b.setUint8(3, n); b.setUint32(4, s); return b.buffer; }',
      mine,
    ],
    ['09-a', "(t) => (t.connections[0].ends[0].state === 'TIME-WAIT' ? 'client' : 'server')", three],
    ['09-b', '(t) => t.connections[0].directions[0].streamLength', three],
    ['09-c', '(t) => t.count({ data: true, side: 1 })', three],
  ])('%s %s', (id, code, evidence) => {
    expect(status(id, fn(code), evidence)).toBe('right');
  });

  test('03-b: packets one by one, in a block, with a type by its number', () => {
    expect(status('03-b', beats(BEAT, BACK))).toBe('right');
    expect(status('03-b', `${beats(BEAT, '')}\n    from: server\n    when: { type: back }\n`)).toBe('right');
  });

  test('01-b: a SYN to a port that nobody opened, captured elsewhere', () => {
    expect(status('01-b', made('scene-refused.pcap'))).toBe('right');
  });

  test('04-b: whatever the other two numbers are, and however many connections', () => {
    const [a, b, c] = ['10.77.0.1', '10.77.0.3', '10.77.0.4'].map((to) =>
      row('anna', 50_505, to, 'ESTABLISHED'),
    );
    if (!a || !b || !c) throw new Error('three');
    expect(status('04-b', table(a, b))).toBe('right');
    expect(status('04-b', table(a, b, c))).toBe('right');
  });

  test('an answer that is still a promise is waited for; a function that gives one is told so', async () => {
    const folder = tempFolder();
    const file = join(folder, 'a.ipynb');
    const splits = "(r) => r.join('').split('\\n').slice(0, -1)";
    const cells = [`Promise.resolve(${splits})`, `async ${splits}`].map(
      (one) => `await exercise('02-a', ${one})`,
    );
    writeFileSync(file, notebookOf(...cells));
    expect((await chatLab('notebook', 'run', file, '--out', join(folder, 'out'))).code).toBe(0);
    const done = readNotebook(join(folder, 'out', 'a.ipynb'));
    expect(JSON.stringify(done.cells[0]?.outputs)).toContain('"status":"right"');
    expect(JSON.stringify(done.cells[1]?.outputs)).toContain('async → Promise');
  });
});

describe('not right', () => {
  test.each<[id: string, code: string, evidence?: unknown]>([
    ['01-a', '(t) => t.count({ data: true })', three],
    ['01-a', '(t) => String(t.count({ data: false }))', three],
    ['02-a', "(r) => r.join('').trim().split('\\n')"],
    ['02-a', '(r) => r'],
    // The length of what is behind it, and the length without the header.
    ['03-a', '(n, s) => [0, 6, 129, n, s >>> 24, (s >>> 16) & 255, (s >>> 8) & 255, s & 255]', mine],
    ['03-a', '(n, s) => [0, 4, 129, n, s >>> 24, (s >>> 16) & 255, (s >>> 8) & 255, s & 255]', mine],
    // `>>` keeps the sign: seconds after 2038.
    ['03-a', '(n, s) => [0, 8, 129, n, s >> 24, (s >> 16) & 255, (s >> 8) & 255, s & 255]', mine],
    ['09-a', "() => 'server'", three],
    ['09-b', '(t) => t.connections[0].directions[1].streamLength', three],
    ['09-c', '(t) => t.count({ data: true })', three],
  ])('%s %s', (id, code, evidence) => {
    expect(status(id, fn(code), evidence)).toBe('wrong');
  });

  test.each([
    ['a field too many', beats(BEAT, `${BACK.slice(0, -1)}, fields: [{ name: n, type: u8 }] }`)],
    ['both from the server', beats(BEAT.replace('client', 'server'), BACK)],
    ['no answer', yaml.replace('name: 2,', 'name: 2, beat: 3,') + `  heartbeat.request: ${BEAT}`],
    ['the others are gone', beats(BEAT, BACK).replace(/ {2}name\.request.*\n/, '')],
    ['no description', 'heartbeat'],
  ])('03-b: %s', (_, answer) => {
    expect(status('03-b', answer)).toBe('wrong');
  });

  test('captures of something else', () => {
    expect(status('01-b', made('scene-reset.pcap'))).toBe('wrong');
    expect(status('05-a', made('scene-reset.pcap'))).toBe('wrong');
    expect(status('07-a', made('scene-exchange.pcap'))).toBe('wrong');
    expect(status('08-b', made('scene-exchange.pcap'))).toBe('wrong');
    expect(status('01-b', three[0])).toBe('wrong');
  });

  test('04-b: two ports, two hosts, or a connection that is over', () => {
    const one = row('anna', 50_505, '10.77.0.1', 'ESTABLISHED');
    expect(status('04-b', table(one))).toBe('wrong');
    expect(status('04-b', table(one, row('anna', 50_506, '10.77.0.3', 'ESTABLISHED')))).toBe('wrong');
    expect(status('04-b', table(one, row('ben', 50_505, '10.77.0.3', 'ESTABLISHED')))).toBe('wrong');
    expect(status('04-b', table(one, row('anna', 50_505, '10.77.0.3', 'TIME_WAIT')))).toBe('wrong');
  });
});

test('an untouched exercise is open, says its hint in the reader’s language, and breaks nothing', () => {
  for (const language of ['en', 'zh'] as const satisfies readonly Language[]) {
    for (const { id, hint } of EXERCISES) {
      const outcome = checkExercise(id, undefined, undefined, language);
      expect(outcome).toMatchObject({ id, status: 'open', points: 0 });
      expect(/[一-龥]/.test(hint[language])).toBe(language === 'zh');
    }
  }
});
