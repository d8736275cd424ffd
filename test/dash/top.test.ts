/** `chat-lab top` in a real terminal, on a real chatd and on a real run. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, onTestFinished, test, vi } from 'vitest';
import { type Client, connect } from '../../src/net/index.ts';
import { loadProtocol } from '../../src/wire/index.ts';
import { Home } from '../bin/support/chatd.ts';
import { testUnless } from '../helpers/skip.ts';
import { tempFolder } from '../helpers/temp.ts';
import { NO_TMUX } from '../helpers/tmux.ts';
import { until } from '../helpers/until.ts';
import { CHAT_LAB, show, top, whole } from './room.ts';

const CRASHING = fileURLToPath(new URL('crashing.ts', import.meta.url));
const protocol = loadProtocol('clp');
/** Each test starts several programs, one behind the other; on a busy machine that takes its time. */
vi.setConfig({ testTimeout: 300_000 });

async function client(port: number, name: string): Promise<Client> {
  const made = await connect({ host: '127.0.0.1', port, protocol, name });
  onTestFinished(() => made.disconnect());
  return made;
}

testUnless(
  NO_TMUX,
  'clients, their sockets, the log and the ladder of what is chosen, at 80 × 24',
  async () => {
    const home = new Home();
    const { port } = await home.foreground();
    const ann = await client(port, '王小明');
    await client(port, '{red-bg}x{/}');
    const { terminal } = top(home);
    await terminal.shows(/^ {3}1 王小明 +127\.0\.0\.1:\d+ +ESTABLISHED/);
    await terminal.shows(/^ {3}2 \{red-bg\}x\{\/\} +127\.0\.0\.1:\d+ +ESTABLISHED/);
    await terminal.shows(/^ {3}- +\* +LISTEN/);
    await terminal.shows('client 1 connected');
    terminal.press('Down');
    await terminal.shows(`127.0.0.1:${ann.local.port} 127.0.0.1:${port}`);
    const asking = setInterval(() => void ann.time().catch(() => undefined), 50);
    onTestFinished(() => clearInterval(asking));
    await terminal.shows(/│─+ time\.request/);
    clearInterval(asking);
    expect(terminal.rows().some((row) => /│◀─+ time\.response/.test(row))).toBe(true);
    // A burst is a line in the chart, and figures in its title.
    await until('a speed', async () => {
      await Promise.all(Array.from({ length: 50 }, () => ann.time()));
      return terminal.rows().some((row) => /requests\/s [1-9]/.test(row));
    });
    ann.reset();
    await terminal.shows('client 1 is gone: ECONNRESET');
    terminal.press('q');
    await whole(terminal, 0);
  },
);

testUnless(NO_TMUX, 'without a capture the ladder is what the server saw', async () => {
  const home = new Home();
  const { port } = await home.foreground();
  const ann = await client(port, 'ann');
  const { terminal } = top(home, ['--no-capture', `127.0.0.1:${port}`], 120, 30);
  await terminal.shows('ann');
  terminal.press('Down');
  await terminal.shows('as the server saw it');
  await until('a request is in the ladder', async () => {
    await ann.time();
    return terminal.rows().some((row) => /time\.request #\d+ 16 B/.test(row));
  });
});

testUnless(NO_TMUX, 'keys, another size, another language', async () => {
  const home = new Home();
  const { port } = await home.foreground();
  for (const name of ['ann', 'bob', 'bo']) await client(port, name);
  const { terminal } = top(home, ['--lang', 'zh', '--no-capture']);
  await terminal.shows('请求/秒');
  terminal.press('?');
  await terminal.shows('选择连接');
  terminal.press('Escape');
  await terminal.shows('时序图');
  terminal.type('\\bo');
  await terminal.shows('过滤：bo');
  await terminal.wait('only some', (rows) => !rows.some((row) => row.includes(' ann ')));
  terminal.press('Enter');
  terminal.resize(130, 40);
  await terminal.wait(
    'as wide as the screen',
    (rows) => rows.length === 40 && rows.some((row) => row.includes('对端状态')),
  );
  terminal.resize(60, 12);
  await terminal.wait(
    'a table alone',
    (rows) => rows.length === 12 && rows.some((row) => row.includes(' bob ')),
  );
  terminal.resize(80, 24);
  await terminal.wait(
    'as before',
    (rows) => rows.length === 24 && rows.some((row) => row.includes('时序图')),
  );
  terminal.press('F10');
  await whole(terminal, 0);
});

testUnless(NO_TMUX, 'the server ends: it says so, and what was seen stays', async () => {
  const home = new Home();
  const server = await home.foreground();
  await client(server.port, 'ann');
  const { terminal } = top(home, ['--no-capture']);
  await terminal.shows('ann');
  server.child.kill('SIGKILL');
  await terminal.shows('the server does not answer');
  terminal.press('C-c');
  await whole(terminal, 130);
});

for (const [name, code] of [
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGINT', 130],
] as const) {
  testUnless(NO_TMUX, `${name}: the terminal is whole, exit code ${code}`, async () => {
    const home = new Home();
    await home.foreground();
    const { terminal, signal } = top(home, ['--no-capture']);
    await terminal.shows('LISTEN');
    signal(name);
    await whole(terminal, code);
  });
}

for (const [how, code, text] of [
  ['read', 70, 'broken while reading'],
  ['timer', 70, 'broken in a timer'],
  ['exit', 42, ''],
] as const) {
  testUnless(NO_TMUX, `a crash (${how}): the terminal is whole, and the error is on it`, async () => {
    const { terminal } = show([process.execPath, CRASHING, how], {}, 100, 40);
    await whole(terminal, code);
    expect(terminal.rows().join('\n')).toContain(text);
  });
}

test('no terminal: it says what to do; --once and --json need none', async () => {
  const home = new Home();
  const { port } = await home.foreground();
  await client(port, 'ann');
  const run = (...args: string[]): Promise<{ stdout: string; stderr: string; exitCode?: number }> =>
    execa(process.execPath, [CHAT_LAB, 'top', ...args], { env: home.env, reject: false, stdin: 'ignore' });
  expect(await run()).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--once') as string });
  const once = await run('--once');
  expect(once).toMatchObject({ exitCode: 0 });
  expect(once.stdout).toMatch(/^ {3}1 ann +127\.0\.0\.1:\d+ +127\.0\.0\.1:\d+ +ESTABLISHED ESTABLISHED/m);
  const { connections } = JSON.parse((await run('--json')).stdout) as { connections: object[] };
  expect(connections).toContainEqual(expect.objectContaining({ id: 1, name: 'ann', state: 'ESTABLISHED' }));
  expect(await run('--once', '127.0.0.1:1')).toMatchObject({ exitCode: 1 });
});

testUnless(NO_TMUX, 'a lab while it runs: sockets of both hosts, its log, its wire', async () => {
  const home = new Home();
  const runs = join(tempFolder(), 'run');
  const lab = execa(
    process.execPath,
    [CHAT_LAB, 'run', '03-time-100x', '--hosts', 'loopback', '--out', runs],
    {
      env: home.env,
      reject: false,
    },
  );
  onTestFinished(async () => {
    lab.kill('SIGINT');
    await lab;
  });
  await until(
    'the run has begun',
    () => existsSync(join(runs, 'evidence.json')) && readdirSync(runs).length > 1,
  );
  const { terminal } = top(home, [runs], 120, 40);
  await terminal.shows('lab 03-time-100x');
  await terminal.shows(/server .*LISTEN/);
  terminal.press('Tab');
  await terminal.shows('ESTABLISHED');
  terminal.press('q');
  await whole(terminal, 0);
});
