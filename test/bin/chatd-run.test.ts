import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connect } from '../../src/net/index.ts';
import { requestNumber } from '../../src/wire/index.ts';
import { HOSTILE, harmfulIn } from '../helpers/hostile-texts.ts';
import { until } from '../helpers/until.ts';
import { bytesOf, rawClient, timeRequest } from '../net/support/raw.ts';
import { clp, join as joinServer, startServer } from '../net/support/servers.ts';
import { Home } from './support/chatd.ts';

test('it listens on loopback, serves, and on SIGTERM tells its clients and exits 0', async () => {
  const chatd = await new Home().foreground();
  expect(chatd.events('listening')).toMatchObject([
    { level: 'info', address: '127.0.0.1', protocol: 'clp', nagle: false },
  ]);
  expect(chatd.events('wide')).toEqual([]);
  const client = await joinServer(chatd);
  expect(await client.time()).toBeInstanceOf(Date);
  const reason = new Promise((resolve) => client.on('close', resolve));
  chatd.child.kill('SIGTERM');
  expect(await reason).toMatchObject({ code: 'shutting-down' });
  expect(await chatd.ended()).toEqual({ exitCode: 0, signal: undefined });
  expect(chatd.lines.map((line) => (JSON.parse(line) as { event: string }).event)).toEqual([
    'listening',
    'connected',
    'signal',
    'closing',
    'disconnected',
    'closed',
  ]);
});

test('SIGTERM under load: whatever was read is answered, then goodbye, then the FIN; nothing in between is lost', async () => {
  const chatd = await new Home().foreground();
  const raws = await Promise.all(Array.from({ length: 20 }, () => rawClient(chatd)));
  for (const raw of raws) {
    let number = 0;
    // The next hundred whenever some were answered, until the server closes its side.
    const ask = (): void => {
      if (raw.socket.writable) raw.say(...Array.from({ length: 100 }, () => timeRequest(++number)));
    };
    raw.socket.on('data', () => {
      if (number < raw.of('time.response').length + 500) ask();
    });
    ask();
  }
  await until('all are busy', () => raws.every((raw) => raw.of('time.response').length > 500));
  chatd.child.kill('SIGTERM');
  expect(await chatd.ended()).toEqual({ exitCode: 0, signal: undefined });
  for (const raw of raws) {
    await raw.ended();
    const numbers = raw.of('time.response').map(({ request }) => request);
    expect(numbers).toEqual(Array.from(numbers, (_, i) => i + 1));
    expect(raw.messages.at(-1)).toMatchObject({ type: 'bye.indication', status: 'shutting-down' });
    expect(raw.fate[0]).toBe('end');
    expect(raw.invalid).toBeUndefined();
  }
});

test('SIGINT ends it as well, and nothing holds a server without clients', async () => {
  const chatd = await new Home().foreground();
  chatd.child.kill('SIGINT');
  expect(await chatd.ended()).toEqual({ exitCode: 0, signal: undefined });
});

test('a second signal ends it at once, with another exit code', async () => {
  const chatd = await new Home().foreground();
  // A client that hears the goodbye and stays: the server would wait for it.
  const raw = await rawClient(chatd, { allowHalfOpen: true });
  await until('it is greeted', () => raw.messages.length === 1);
  chatd.child.kill('SIGTERM');
  await until('it is told', () => raw.of('bye.indication').length === 1);
  chatd.child.kill('SIGTERM');
  expect(await chatd.ended()).toEqual({ exitCode: 143, signal: undefined });
  expect(chatd.events('closed')).toEqual([]);
});

test('at level trace the log is testimony: every packet and write, with offsets that add up and a fine clock', async () => {
  const chatd = await new Home().foreground('--log-level', 'trace');
  const beforeUs = Date.now() * 1_000;
  const raw = await rawClient(chatd);
  for (let number = 1; number <= 200; number++) raw.say(timeRequest(number));
  await until('200 answers', () => raw.of('time.response').length === 200);
  raw.socket.end();
  await raw.ended();
  chatd.child.kill('SIGTERM');
  await chatd.ended();
  const afterUs = (Date.now() + 1) * 1_000;

  const received = chatd.events('received');
  expect(received.map(({ type, request, offset, bytes }) => [type, request, offset, bytes])).toEqual(
    Array.from({ length: 200 }, (_, i) => ['time.request', i + 1, 16 * i, 16]),
  );
  const said = chatd.events('said');
  expect(said.map(({ type, request }) => [type, request])).toEqual([
    ['hello.indication', 0],
    ...Array.from({ length: 200 }, (_, i) => ['time.response', i + 1]),
  ]);
  const sum = (of: readonly Record<string, unknown>[], field: string): number =>
    of.reduce((total, one) => total + Number(one[field]), 0);
  const written = chatd.events('written');
  expect(sum(written, 'packets')).toBe(201);
  expect([sum(said, 'bytes'), sum(written, 'bytes')]).toEqual([raw.bytesIn, raw.bytesIn]);
  let at = 0;
  for (const { offset, bytes } of written) {
    expect(offset).toBe(at);
    at += Number(bytes);
  }
  const stamps = chatd.lines.map((line) => (JSON.parse(line) as { atUs: number }).atUs);
  expect(stamps.every(Number.isInteger)).toBe(true);
  expect(stamps.some((atUs) => atUs % 1_000 !== 0)).toBe(true);
  expect(Math.min(...stamps.slice(1))).toBeGreaterThan(beforeUs - 1_000_000);
  expect(Math.max(...stamps)).toBeLessThan(afterUs + 1_000);
});

test.each(['json', 'text'])(
  'in a log of %s, hostile bytes neither steer a terminal nor make a line',
  async (format) => {
    const chatd = await new Home().foreground('--log-level', 'trace', '--log-format', format);
    const raw = await rawClient(chatd);
    const names = HOSTILE.map(([, text]) => text.slice(0, 60));
    for (const name of names) raw.say({ type: 'hello.request', request: requestNumber(1), name });
    await until('all are answered', () => raw.messages.length === 1 + names.length);
    raw.socket.write('\u001b[2J\u009b31m\r\n{"event":"forged"}');
    await raw.ended();
    await until('the log', () => chatd.lines.some((line) => line.includes('bad-packet')));
    expect(chatd.lines.flatMap(harmfulIn)).toEqual([]);
    expect(chatd.lines.filter((line) => /^\[client|^# heading|^\{"event":"forged/.test(line))).toEqual([]);
  },
);

test('lines for people', async () => {
  const home = new Home();
  const chatd = await home.launch([process.execPath], ['--log-format', 'json']);
  chatd.child.kill('SIGTERM');
  await chatd.ended();
  const taken = await startServer();
  const { stderr, exitCode } = await home.chatd('run', '--log-format', 'text', '--port', `${taken.port}`);
  expect(exitCode).toBe(3);
  expect(stderr).toMatch(/^\d\d:\d\d:\d\d\.\d{3} FATAL failed 127\.0\.0\.1:\d+ is taken .*ss -ltnp/);
});

test('a port that is taken: exit code 3, and how to find out by whom', async () => {
  const taken = await startServer();
  const { stderr, exitCode } = await new Home().chatd('run', '--port', `${taken.port}`);
  expect(exitCode).toBe(3);
  expect(JSON.parse(stderr)).toMatchObject({ level: 'fatal', event: 'failed', code: 'port-taken' });
  expect((JSON.parse(stderr) as { hint: string }).hint).toContain(`:${taken.port}`);
});

test('it warns when others can reach it', async () => {
  const chatd = await new Home().foreground('--host', '0.0.0.0');
  expect(chatd.events('wide')).toMatchObject([{ level: 'warn', address: '0.0.0.0' }]);
});

test('flags and limits arrive in the server', async () => {
  const chatd = await new Home().foreground(
    ...['--nagle', '--max-clients', '1', '--idle', '0.2', '--greeting', 'moin', '--backlog', '5'],
  );
  expect(chatd.events('listening')).toMatchObject([{ nagle: true }]);
  const client = await joinServer(chatd);
  expect(client.greeting).toBe('moin');
  await expect(joinServer(chatd)).rejects.toMatchObject({ code: 'too-many-clients' });
  const reason = new Promise((resolve) => client.on('close', resolve));
  expect(await reason).toMatchObject({ code: 'idle' });
});

test('--packet: a byte now and then holds a place for so long and no longer', async () => {
  const chatd = await new Home().foreground('--packet', '0.5');
  const trickling = await rawClient(chatd);
  const bytes = bytesOf([timeRequest(1)]);
  let sent = 0;
  await until('it is cut off', () => {
    // Half of a packet, as slowly as it takes: never whole, and never silent for long.
    if (sent < 8) trickling.socket.write(bytes.subarray(sent, ++sent));
    return trickling.of('bye.indication').length === 1;
  });
  expect(trickling.of('bye.indication')).toMatchObject([
    { status: 'idle', text: expect.stringContaining('a packet was begun') as string },
  ]);
  await until('it is logged', () => chatd.events('disconnected').length === 1);
  expect(chatd.events('disconnected')).toMatchObject([{ why: 'idle', bytesIn: sent }]);
});

test('a token is in no line of the log, whoever says it, right or wrong', async () => {
  const chatd = await new Home().foreground('--token', 'open sesame', '--log-level', 'trace');
  const inside = await joinServer(chatd, { token: 'open sesame' });
  expect(await inside.time()).toBeInstanceOf(Date);
  await expect(joinServer(chatd, { token: 'open sesame too' })).rejects.toMatchObject({ code: 'bad-token' });
  await inside.disconnect();
  await until(
    'both are logged',
    () => chatd.events('disconnected').length + chatd.events('refused').length === 2,
  );
  expect(chatd.lines.join('\n')).not.toContain('sesame');
});

test('a configuration says what flags say, and flags outweigh it', async () => {
  const home = new Home();
  const config = join(home.folder, 'chatd.yaml');
  writeFileSync(config, 'greeting: from the file\nmax-clients: 1\nport: 1\nlog-level: trace\n');
  const chatd = await home.foreground('--config', config, '--max-clients', '2');
  const first = await joinServer(chatd);
  expect(first.greeting).toBe('from the file');
  await joinServer(chatd);
  expect(chatd.events('said').length).toBeGreaterThan(0);
});

test.each([
  ['an unknown key', 'max-client: 3', /max-client.*Known: host, port/s],
  ['a wrong type', 'port: many', /port/],
  ['a port out of range', 'port: 70000', /port/],
  ['a list', '- 1', /wants keys with values, not \[1\]/],
  ['no YAML', '{', /./],
  ['both ports', 'port: 2000\nstudent: 3200102312', /--student/],
])('a configuration with %s: exit code 2 and why', async (_what, text, sentence) => {
  const home = new Home();
  const config = join(home.folder, 'chatd.yaml');
  writeFileSync(config, text);
  const { stderr, exitCode } = await home.chatd('run', '--config', config);
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(sentence);
});

test.each([
  [['run', '--student', '123'], 2, /4 to 20 digits/],
  [['run', '--student', '3200100080'], 2, /below 1024/],
  [['run', '--student', '3200102312', '--port', '5000'], 2, /both/],
  [['run', '--port', '70000'], 2, /65535/],
  [['run', '--port', 'x'], 2, /whole number/],
  [['run', '--idle', '-1'], 2, /./],
  [['run', '--packet', '0'], 2, /0\.1 or more/],
  [['run', '--protocol', 'clq'], 2, /there is no protocol clq; there are clp/],
  [['run', '--log-level', 'loud'], 2, /trace/],
  [['run', '--transport', 'pigeon'], 2, /net/],
  [['run', '--config', '/nonexistent/x.yaml'], 2, /nonexistent/],
  [['run', '--host', '192.0.2.1', '--port', '0'], 3, /no address of this machine/],
  [['run', '--port', '0', '--greeting', 'x'.repeat(2000)], 2, /1024/],
  [['runn'], 2, /run/],
  [[], 2, /Usage/],
] as const)('chatd %j: exit code %d', async (args, code, sentence) => {
  const { stderr, exitCode } = await new Home().chatd(...args);
  expect(stderr).toMatch(sentence);
  expect(exitCode).toBe(code);
});

test('--help has examples, --version the version, both on standard output', async () => {
  const home = new Home();
  const help = await home.chatd('--help');
  expect(help.exitCode).toBe(0);
  expect(help.stdout).toContain('chatd start --student');
  const version = await home.chatd('--version');
  expect(version.stdout).toMatch(/^\d+\.\d+\.\d+$/);
  expect((await home.chatd('run', '--help')).stdout).toContain('--max-clients');
});

test('a reader of the log that is gone does not end the server', async () => {
  const home = new Home();
  const chatd = await home.launch(
    ['sh', '-c', 'exec "$@" 2>&1 >/dev/null | head -n 1 >&2', 'sh', process.execPath],
    [],
  );
  const client = await connect({ host: '127.0.0.1', port: chatd.port, protocol: clp });
  const others = await Promise.all(Array.from({ length: 5 }, () => joinServer(chatd)));
  for (const other of others) other.reset();
  expect(await client.name()).not.toBe('');
  const { stdout } = await home.chatd('status', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ running: true });
  await client.disconnect();
  expect((await home.chatd('stop')).exitCode).toBe(0);
});
