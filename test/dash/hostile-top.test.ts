/** `chat-lab top` in a real terminal while others do their worst: it keeps drawing, obeys nobody, and leaves at q. */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, vi } from 'vitest';
import { type Client, connect } from '../../src/net/index.ts';
import { loadProtocol, requestNumber } from '../../src/wire/index.ts';
import { Home } from '../bin/support/chatd.ts';
import { HOSTILE, harmfulIn } from '../helpers/hostile-texts.ts';
import { testUnless } from '../helpers/skip.ts';
import { tempFolder } from '../helpers/temp.ts';
import { NO_TMUX, type Tmux } from '../helpers/tmux.ts';
import { until } from '../helpers/until.ts';
import { bytesOf, rawClient } from '../net/support/raw.ts';
import { CHAT_LAB, top, whole } from './room.ts';

vi.setConfig({ testTimeout: 300_000 });

const MIB = 1024 ** 2;
/** A mebibyte is the longest packet that a description may have. */
const LONG = MIB - 256;

/** Nothing on the screen that steers or hides, and nothing that was obeyed: its title, its size, what was copied. */
function expectHarmless(terminal: Tmux): void {
  expect(terminal.rows().flatMap(harmfulIn)).toEqual([]);
  expect(terminal.ask('#{pane_title}')).not.toContain('title');
  expect(terminal.ask('#{buffer_name}')).toBe('');
  expect(terminal.ask('#{alternate_on}')).toBe('1');
}

/** clp as somebody may describe it: names and texts of a mebibyte. */
function generous(folder: string): string {
  const clp = readFileSync(new URL('../../protocols/clp.yaml', import.meta.url), 'utf8');
  const made = clp
    .replace('max: 16384 #', `max: ${MIB} #`)
    .replace(/(name: name,\s+type: text,\s+size: rest,\s+max: )64/, `$1${LONG}`)
    .replace(/(name: name,\s+type: text,\s+prefix: )u8(,\s+max: )64/, `$1u32$2${LONG}`)
    .replaceAll('type: text, size: rest, max: 4096', `type: text, size: rest, max: ${LONG}`);
  const file = join(folder, 'generous.yaml');
  writeFileSync(file, made);
  return file;
}

testUnless(
  NO_TMUX,
  'a chatd whose clients have names of a mebibyte, and send such texts and hostile ones',
  async () => {
    const home = new Home();
    const file = generous(home.folder);
    const protocol = loadProtocol(file);
    const { port } = await home.foreground('--protocol', file, '--greeting', HOSTILE[0]?.[1] ?? '');
    const { terminal } = top(home, ['--protocol', file], 100, 30);
    await terminal.shows('LISTEN');
    const join = async (name: string): Promise<Client> => {
      const client = await connect({ host: '127.0.0.1', port, protocol, name });
      onTestFinished(() => client.disconnect());
      return client;
    };
    const first = await join('王小明');
    const second = await join('second');
    await terminal.shows('王小明');
    // Each differs in its end, and is as wide, as narrow or as stacked as can be.
    for (const letter of [
      'W',
      '王',
      'e\u0301',
      'e' + '\u0301'.repeat(40),
      '{red-bg}',
      '<b>',
      '👩‍🚀'.slice(0, 2),
    ])
      await join(letter.repeat(Math.floor(LONG / Buffer.byteLength(letter))));
    for (let i = 0; i < 13; i++) await join(`${i}${'n'.repeat(LONG - 2)}`);
    for (const [, text] of HOSTILE) await first.send(second.id, text.repeat(3));
    await first.send(second.id, 'x'.repeat(LONG));
    const raw = await rawClient({ port }, { protocol });
    const names = [...HOSTILE.map(([, text]) => text.slice(0, 60)), '\u202e'.repeat(LONG / 3)];
    for (const name of names)
      raw.socket.write(bytesOf([{ type: 'hello.request', request: requestNumber(1), name }], protocol));
    // Markup is a name like any other, to a server; what steers or hides is not, and is told so in a sentence that fits.
    const [good, bad] = ['hello.response', 'error.response'] as const;
    await until('each has its answer', () => raw.of(good).length + raw.of(bad).length === names.length);
    expect(new Set(raw.of(bad).map(({ status }) => status))).toEqual(new Set(['bad-name']));
    expect(raw.messages.at(-1)).toMatchObject({ type: bad, status: 'bad-name' });
    raw.socket.write(`\u001b[2J\u001b]0;title\u0007${'\u202e'.repeat(1_000)}`);
    await raw.ended();
    await terminal.shows('sent no packet');
    for (const key of ['Down', 'Down', 'Down', 'PageDown', 'End', 'Home', 'F6', 'Escape']) {
      terminal.press(key);
      expectHarmless(terminal);
    }
    // It still looks and draws.
    const last = await join('the last one');
    terminal.type('\\the last');
    await terminal.shows(new RegExp(`^ *${last.id} the last one +127`));
    expectHarmless(terminal);
    terminal.press('Enter');
    terminal.press('q');
    await whole(terminal, 0);
  },
);

testUnless(NO_TMUX, 'a lab while it runs, into whose evidence somebody writes as it goes', async () => {
  const home = new Home();
  const run = join(tempFolder(), 'run');
  const args = ['run', '03-time-100x', '--hosts', 'loopback', '--out', run];
  const lab = execa(process.execPath, [CHAT_LAB, ...args], { env: home.env, reject: false });
  onTestFinished(async () => {
    lab.kill('SIGINT');
    await lab;
  });
  const [calls, sockets] = ['calls.jsonl', 'sockets.jsonl'].map((name) => join(run, name));
  await until('the run has begun', () => existsSync(join(run, 'evidence.json')) && existsSync(String(calls)));
  const { terminal } = top(home, [run], 120, 40);
  await terminal.shows('lab 03-time-100x');
  await terminal.shows(/server .*LISTEN/);
  const say = (message: string, more: object = {}): void => {
    const record = {
      atUs: Date.now() * 1000,
      host: 'client',
      process: 'client',
      kind: 'throw',
      call: 1,
      operation: 'time',
    };
    appendFileSync(String(calls), `${JSON.stringify({ ...record, code: 'X', message, ...more })}\n`);
  };
  for (const [, text] of HOSTILE) say(text, { host: text, process: text, operation: text, code: text });
  say('x'.repeat(MIB));
  say('王'.repeat(MIB));
  say('when', { atUs: 1e300 });
  say('before', { atUs: -1e300 });
  // Half a line of a full disk, and lines that no run writes.
  for (const line of ['{"atUs": 1, "ki{"atUs": 2}', '\u001b[2J', '{"kind":"no such"}', '', '['.repeat(MIB)])
    for (const path of [calls, sockets]) appendFileSync(String(path), `${line}\n`);
  say('and the dashboard goes on');
  await terminal.shows('and the dashboard goes on');
  for (const key of ['Tab', 'Down', 'PageUp', 'PageUp', 'PageDown', 'End']) {
    terminal.press(key);
    expectHarmless(terminal);
  }
  terminal.press('q');
  await whole(terminal, 0);
});
