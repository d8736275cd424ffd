import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, onTestFinished, test } from 'vitest';
import { connect } from '../../src/net/index.ts';
import { clientId, loadProtocol, type Message, requestNumber } from '../../src/wire/index.ts';
import { until } from '../helpers/until.ts';
import { program } from '../helpers/programs.ts';
import { hello, oddServer } from '../net/support/odd-server.ts';
import { bytesOf } from '../net/support/raw.ts';
import { COMMAND, repl, scratch, startServer } from './helpers.ts';

describe('-e', () => {
  test('prints the value of the last statement of each, in order, and nothing for undefined', async () => {
    const { address } = await startServer();
    const { out, err, code } = await repl([
      address,
      '-e',
      '1; 2',
      '-e',
      'undefined',
      '-e',
      'const x = 3',
      '-e',
      'x + 1',
    ]);
    expect({ out, err, code }).toEqual({ out: '2\n4', err: '', code: 0 });
  });

  test('the six operations, as JSON values on a line each', async () => {
    const { address } = await startServer();
    const before = Date.now();
    const code = ['time()', 'name()', 'list()', 'send((await me()).id, "hi")', 'receive()', 'heartbeat()'];
    const { out } = await repl([address, '--name', 'ann', '--json', ...code.flatMap((one) => ['-e', one])]);
    const [time, name, list, send, message, rtt] = out.split('\n').map((line) => JSON.parse(line) as unknown);
    expect(new Date(time as string).getTime()).toBeGreaterThanOrEqual(before);
    expect(name).toBe('lab-host');
    expect(list).toMatchObject([{ id: 1, address: '127.0.0.1', name: 'ann' }]);
    expect(send).toEqual({ outcome: 'delivered' });
    expect(message).toMatchObject({ from: 1, text: 'hi' });
    expect(rtt).toBeGreaterThan(0);
  });

  test('an import warns of nothing that is ours, and of what it brings if Node does', async () => {
    const plain = await repl(['-e', "typeof (await import('node:fs')).readFileSync"]);
    expect(plain).toEqual({ out: 'function', err: '', code: 0 });
    const warned = await repl(['-e', "process.emitWarning('of their own', 'ExperimentalWarning')"]);
    expect(warned.err).toContain('ExperimentalWarning: of their own');
  });

  test('needs no server when nothing asks one', async () => {
    expect(await repl(['-e', '6 * 7'])).toMatchObject({ out: '42', code: 0 });
  });
});

describe('scripts', () => {
  test('standard input runs in order; each expression is printed, assignments are not', async () => {
    const { address } = await startServer();
    const input =
      'const a = await name()\na\nb = 5\nfor (const i of [1, 2]) console.log(`i=${i}`)\nawait time().then(() => b)\n';
    expect(await repl([address], { input })).toEqual({ out: 'lab-host\ni=1\ni=2\n5', err: '', code: 0 });
  });

  test('a file may connect by itself, and declare functions anywhere', async () => {
    const { address } = await startServer();
    const file = join(scratch(), 'lab.js');
    writeFileSync(
      file,
      `await connect('${address}', { name: 'bob' })\nwho()\nfunction who() { return list().then((all) => all[0].name) }\n`,
    );
    const { out, code } = await repl([file]);
    expect(out).toMatch(
      /^connected as client 1 "bob", 127\.0\.0\.1:\d+ → 127\.0\.0\.1:\d+, protocol clp.*\nbob$/,
    );
    expect(code).toBe(0);
  });

  test('messages wait for receive()', async () => {
    const { server, address } = await startServer();
    const other = await connect({
      host: '127.0.0.1',
      port: server.local.port,
      protocol: loadProtocol('clp'),
    });
    other.on('message', (message) => void other.send(message.from, `re: ${message.text}`));
    const { out } = await repl([
      address,
      '-e',
      `await send(${other.id}, 'a'); await send(${other.id}, 'b')`,
      '-e',
      '(await receive()).text + (await receive()).text',
    ]);
    expect(out).toBe('delivered: client 1 said that it has the text\nre: are: b');
    await other.disconnect();
  });

  test('leaving says goodbye: the server sees no loss', async () => {
    const whys: string[] = [];
    const { address } = await startServer({
      observe: (event) => event.event === 'disconnected' && whys.push(event.why),
    });
    await repl([address, '-e', 'await clients(2); await time()']);
    expect(whys).toEqual(['left', 'left', 'left']);
  });
});

describe('what beginners do', () => {
  // The code, what must be said of it on stderr (nothing: it is right), and the exit code.
  test.each([
    ['list().length', 'list() is a promise: its value comes later. Write (await list()).length', 0],
    ['const t = time(); t.getTime()', 'Write (await t).getTime', 1],
    ['await time().getTime()', 'Write (await time()).getTime', 1],
    ['`${name()}`', 'Write await name()', 0],
    ['const [a] = clients(1)', 'Write await clients(1)', 1],
    ['for (const one of list()) one', 'Write await list()', 1],
    ['tiem()', 'Did you mean time?', 1],
    ['exit', '.exit', 1],
    ['(await list()).length; time().then((t) => t.getTime())', '', 0],
    ['const t = time(); [{ id: 1 }].map((t) => t.id); (await t).getTime()', '', 0],
    ['Promise.all([time(), time()])', '', 0],
  ])('%s', async (code, said, exit) => {
    const { address } = await startServer();
    const ended = await repl([address, '-e', code]);
    expect(ended.code).toBe(exit);
    if (said === '') expect(ended.err).toBe('');
    else expect(ended.err).toContain(said);
  });

  test('HOST PORT in two words', async () => {
    const { server } = await startServer();
    const { out } = await repl(['127.0.0.1', String(server.local.port), '-e', 'name()']);
    expect(out).toBe('lab-host');
  });
});

describe('what goes wrong has a place, a next step and an exit code', () => {
  test('a refusal by the server: 1, the line, no stack', async () => {
    const { address } = await startServer();
    const { out, err, code } = await repl([address], { input: '1\n\nsend(99, "x")\n2\n' });
    expect({ out, code }).toEqual({ out: '1', code: 1 });
    expect(err).toMatch(/^stdin:3: there is no client 99\n/);
    expect(err).not.toContain('    at ');
  });

  test('nobody listens: 1', async () => {
    const { server, address } = await startServer();
    await server.close();
    const { err, code } = await repl([address, '-e', '1']);
    expect(code).toBe(1);
    expect(err).toContain('nobody listens');
  });

  test('the server ends in the middle: 1', async () => {
    const { server, address } = await startServer();
    const ended = repl([address, '-e', 'await receive({ timeoutMs: 20000 }); await time()']);
    const other = await connect({
      host: '127.0.0.1',
      port: server.local.port,
      protocol: loadProtocol('clp'),
    });
    await until('the program is connected', async () => (await other.list()).length === 2);
    await server.close();
    expect((await ended).code).toBe(1);
  });

  test("the user's own mistake: 1, with their frames only", async () => {
    const { err, code } = await repl([], { input: '\nfunction f() {\n  return null.x;\n}\nf();\n' });
    expect(code).toBe(1);
    expect(err).toBe(
      "stdin:5: TypeError: Cannot read properties of null (reading 'x')\n    at f (stdin:3:15)\n    at stdin:5:1",
    );
  });

  test('a syntax error: 2, before anything runs', async () => {
    const { out, err, code } = await repl([], { input: 'console.log(1)\nlet a = = 2\n' });
    expect({ out, code }).toEqual({ out: '', code: 2 });
    expect(err).toMatch(/^stdin:2:9: Unexpected token\nlet a = = 2\n {8}\^\n/);
  });

  test('a program that ends too early: 2', async () => {
    expect(await repl(['-e', 'f(']).then(({ code }) => code)).toBe(2);
  });

  test.each([
    ['an unknown option', ['--what'], /unknown option/],
    ['a port that is none', ['127.0.0.1:99999'], /"99999" is not a port/],
    ['a file that is not there', ['./nothing.js'], /nothing\.js: ENOENT/],
    ['a protocol that is not there', ['--protocol', 'nope', '-e', '1'], /no protocol nope/],
    ['a student number without a port', ['--student', '12', '-e', '1'], /student/],
    ['a wrong call', ['-e', 'send()'], /send: the receiver is the number of a client/],
  ])('%s: 2', async (_name, args, text) => {
    const { err, code } = await repl(args);
    expect(err).toMatch(text);
    expect(code).toBe(2);
  });

  test('a promise that nobody waits for is not lost: 1', async () => {
    const { err, code } = await repl([
      '-e',
      'p = Promise.reject(new Error("late")); await new Promise((r) => setImmediate(r)); await receive()',
    ]);
    expect(err).toContain('late');
    expect(code).toBe(1);
  });

  test('errors are JSON on stderr with --json', async () => {
    const { address } = await startServer();
    const { out, err } = await repl([address, '--json', '-e', 'send(99, "x")']);
    expect(out).toBe('');
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'unknown-client', file: '-e' } });
  });
});

test('a server that greets, says something and goes at once: its text is there, and the loss is told', async () => {
  const { port } = await oddServer(
    (socket) => {
      const text: Message = {
        ...{ type: 'deliver.indication', request: requestNumber(7), from: clientId(2) },
        ...{ fromAddress: '127.0.0.1', fromPort: 1, text: 'and away' },
      };
      socket.end(bytesOf([hello, text]));
    },
    { greets: false },
  );
  const { out, err, code } = await repl([
    `:${port}`,
    ...['-e', '(await receive()).text', '-e', 'await receive()'],
  ]);
  expect(out).toBe('and away');
  expect(err).toContain('connection lost');
  expect(code).toBe(1);
});

describe('with chatd', () => {
  test('a script talks to it, and hears when it shuts down', async () => {
    const chatd = program('bin/chatd');
    const daemon = execa(process.execPath, [chatd, 'run', '--port', '0'], { reject: false, buffer: false });
    onTestFinished(async () => {
      daemon.kill('SIGTERM');
      await daemon;
    });
    let log = '';
    daemon.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
    const port = await until('chatd listens', () => /"event":"listening".*"port":(\d+)/.exec(log)?.[1]);
    const hundred = 'const all = await Promise.all(Array.from({ length: 100 }, () => time())); all.length';
    const first = await repl([
      `:${port}`,
      '-e',
      hundred,
      '-e',
      'const [a, b] = await clients(2); await a.send(b.id, "x")',
    ]);
    expect(first).toEqual({ out: "100\n{ outcome: 'delivered' }", err: '', code: 0 });
    const waiting = repl([`:${port}`, '-e', 'on("state", (s) => console.log(s))', '-e', 'await receive()']);
    const other = await connect({ host: '127.0.0.1', port: Number(port), protocol: loadProtocol('clp') });
    await until('the script is connected', async () => (await other.list()).length === 2);
    daemon.kill('SIGTERM');
    const { code, err } = await waiting;
    expect(err).toContain('connection lost');
    expect(code).toBe(1);
  });
});

describe('options', () => {
  test('--student gives the port, --timeout the patience', async () => {
    const { err, code } = await repl(['--student', '3200109999', '--timeout', '5000', '-e', '1']);
    // Nobody is expected on that port; the message names it either way.
    if (code !== 0) expect(err).toContain('127.0.0.1:9999');
  });

  test('IPv6 in brackets', async () => {
    const { server } = await startServer({ host: '::1' });
    const { out } = await repl([`[::1]:${server.local.port}`, '-e', 'me()']);
    expect(out).toMatch(/\[::1\]:\d+ → \[::1\]:\d+/);
  });

  test('TypeScript as the runtime allows', async () => {
    const { out, err, code } = await repl(['-e', 'const n: number = 4; n']);
    if (COMMAND[0] === process.execPath) expect(out).toBe('4');
    else expect([code, err]).toEqual([2, expect.stringContaining('Node 22.13')]);
  });

  test('the menu of seven, from a pipe', async () => {
    const { server } = await startServer();
    const answers = [
      '1',
      '127.0.0.1',
      String(server.local.port),
      '4',
      '5',
      '6',
      '1',
      'hello',
      '6',
      '9',
      'x',
      '3 100',
      '2',
      '7',
    ];
    const { out, err, code } = await repl(['--menu', '--json'], { input: `${answers.join('\n')}\n` });
    const values = out.split('\n').map((line) => JSON.parse(line) as unknown);
    expect(values[0]).toMatchObject({ id: 1, server: { port: server.local.port } });
    expect(values[1]).toBe('lab-host');
    expect(values.at(-1)).toEqual({ disconnected: true });
    expect(values.filter((value) => typeof value === 'string' && value.endsWith('Z'))).toHaveLength(100);
    expect(err).toContain('there is no client 9');
    expect(code).toBe(1);
  });

  test.each(['bash', 'zsh', 'fish'])('completion for %s names every option', async (shell) => {
    const { out, code } = await repl(['completion', shell]);
    expect(code).toBe(0);
    for (const option of ['eval', 'protocol', 'json', 'menu', 'timeout']) expect(out).toContain(option);
  });
});
