/** Who may come in: each promise of docs/SECURITY.md that no smaller test holds, asked of a real chatd. */
import { readFileSync } from 'node:fs';
import { connect as connectPlain, type Socket } from 'node:net';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { probeWorlds } from '../../src/host/index.ts';
import { requestNumber } from '../../src/wire/index.ts';
import { type Foreground, Home } from '../bin/support/chatd.ts';
import { chatLab, scratch } from '../helpers/lab.ts';
import { testUnless } from '../helpers/skip.ts';
import { until } from '../helpers/until.ts';
import { Raw } from '../net/support/raw.ts';
import { clp, join as joinServer } from '../net/support/servers.ts';

const ability = await probeWorlds();
const noWorlds = ability.kind === 'namespaces' ? undefined : (ability.why ?? 'no namespaces');

const TOKEN = 'open sesame';
/** As many wrong ones as `chatd` hears of one address in a minute. */
const TRIES = 10;

test('loopback by default: another address of the same machine, even of loopback, is not listened on', async () => {
  const { port } = await new Home().foreground();
  const socket = connectPlain({ host: '127.0.0.2', port });
  const code = await new Promise((resolve) => {
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    socket.on('connect', () => resolve('it listens'));
  });
  socket.destroy();
  expect(code).toBe('ECONNREFUSED');
});

test('wide: the warning says what is open, in the log, and at the terminal of who starts it', async () => {
  const home = new Home();
  const folder = join(home.folder, 'tls');
  expect(await home.chatd('cert', folder)).toMatchObject({ exitCode: 0 });
  const tls = ['--tls-cert', join(folder, 'server.pem'), '--tls-key', join(folder, 'server.key')];
  const token = ['--token', TOKEN];
  const everybody = 'EVERYONE who reaches this machine may connect';
  const [some, readable, encrypted] = [
    'who knows the token',
    'nothing is encrypted',
    'what is said is encrypted',
  ];
  for (const [flags, words] of [
    [[], [everybody, readable]],
    [token, [some, readable, 'reads the token and every text']],
    [tls, [everybody, encrypted]],
    [
      [...token, ...tls],
      [some, encrypted],
    ],
  ] as const) {
    const chatd = await home.foreground('--host', '0.0.0.0', ...flags);
    const [warning, ...more] = chatd.events('wide');
    expect(more).toEqual([]);
    expect(warning).toMatchObject({ level: 'warn' });
    const said = String(warning?.['msg']);
    for (const word of words) expect(said).toContain(word);
    for (const word of [everybody, some, readable, encrypted].filter((one) => !words.some((w) => w === one)))
      expect(said).not.toContain(word);
    chatd.child.kill('SIGKILL');
  }
  const start = await home.chatd('start', '--port', '0', '--host', '0.0.0.0');
  expect(start).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(everybody) as string });
  expect(await home.chatd('stop')).toMatchObject({ exitCode: 0 });
  // For this machine only there is nothing to say.
  expect(await home.chatd('start', '--port', '0')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await home.chatd('stop')).toMatchObject({ exitCode: 0 });
}, 180_000);

interface Door {
  readonly chatd: Foreground;
  readonly knock: () => Socket;
}

async function plainDoor(): Promise<Door> {
  const chatd = await new Home().foreground('--token', TOKEN);
  return { chatd, knock: () => connectPlain({ host: '127.0.0.1', port: chatd.port }) };
}

async function tlsDoor(): Promise<Door> {
  const home = new Home();
  const folder = join(home.folder, 'tls');
  await home.chatd('cert', folder, '--name', '127.0.0.1');
  const [cert, key, ca] = ['server.pem', 'server.key', 'ca.pem'].map((name) => join(folder, name));
  const chatd = await home.foreground('--token', TOKEN, '--tls-cert', String(cert), '--tls-key', String(key));
  const authority = readFileSync(String(ca));
  return { chatd, knock: () => connectTls({ host: '127.0.0.1', port: chatd.port, ca: authority }) };
}

test.each([
  ['in the clear', plainDoor],
  ['by TLS', tlsDoor],
])(
  'failed tries are limited, %s, also when all stand at the door before the first one guesses',
  async (_how, open) => {
    const { chatd, knock } = await open();
    const raws = Array.from({ length: 3 * TRIES }, () => new Raw(knock(), clp));
    onTestFinished(() => raws.forEach(({ socket }) => void socket.destroy()));
    await until('all are asked', () => raws.every((raw) => raw.of('token.indication').length === 1));
    const last = raws.pop();
    if (last === undefined) throw new Error('nobody knocks');
    const show = (raw: Raw, token: string): void =>
      raw.say({ type: 'token.request', request: requestNumber(1), token });
    raws.forEach((raw, at) => show(raw, `${TOKEN}${at}`));
    await until('all are refused', () => raws.every((raw) => raw.of('bye.indication').length === 1));
    const texts = raws.flatMap((raw) => raw.of('bye.indication').map(({ text }) => text));
    expect(texts.filter((text) => text === 'the token is wrong')).toHaveLength(TRIES);
    expect(texts.filter((text) => text.startsWith('too many wrong tokens'))).toHaveLength(
      raws.length - TRIES,
    );
    // Somebody who was at the door all the time may have found it by now: it is not looked at.
    show(last, TOKEN);
    await last.ended();
    expect(last.of('bye.indication')).toMatchObject([{ status: 'bad-token' }]);
    expect(last.of('hello.indication')).toEqual([]);
    expect(chatd.events('connected')).toEqual([]);
  },
);

test('a name that somebody has is nobody else’s, and stays with him', async () => {
  const chatd = await new Home().foreground();
  const ann = await joinServer(chatd, { name: 'Ann' });
  const mallory = await joinServer(chatd, { name: 'mallory' });
  for (const name of ['Ann', 'ＡＮＮ']) {
    await expect(joinServer(chatd, { name })).rejects.toMatchObject({ code: 'name-taken' });
    await expect(mallory.rename(name)).rejects.toMatchObject({ code: 'name-taken' });
  }
  expect((await ann.list()).map(({ id, name }) => [id, name])).toEqual([
    [ann.id, 'Ann'],
    [mallory.id, 'mallory'],
  ]);
});

testUnless(
  noWorlds,
  'token and TLS are off the plain lab’s path: also for a student who has the word of the class in the environment',
  async () => {
    const run = join(scratch(), 'run');
    const ran = await chatLab(['run', '1', '--out', run, '--json'], { env: { CHAT_TOKEN: TOKEN } });
    expect({ code: ran.code, stderr: ran.stderr.includes('token') }).toEqual({ code: 0, stderr: false });
    // What was said can be read in the capture as it is.
    const trace = await chatLab(['trace', join(run, 'server.pcap'), '--protocol', 'clp']);
    expect(trace.stdout).toContain('hello.indication');
    expect(trace.stdout).not.toContain('token.');
  },
  180_000,
);
