/** The prompt, in a real terminal. */
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { testUnless } from '../helpers/skip.ts';
import { until } from '../helpers/until.ts';
import { type Client, connect, Server, type ServerOptions } from '../../src/net/index.ts';
import { loadProtocol } from '../../src/wire/index.ts';
import { COMMAND, scratch, startServer } from './helpers.ts';
import { NO_TMUX, Tmux } from '../helpers/tmux.ts';

const protocol = loadProtocol('clp');

interface Room {
  readonly terminal: Tmux;
  readonly server: Server;
  readonly address: string;
  readonly folder: string;
  readonly other: () => Promise<Client>;
}

async function enter(
  args: readonly string[] = [],
  {
    server: options = {},
    folder = scratch(),
    env = {},
    columns = 100,
  }: {
    server?: Partial<ServerOptions>;
    folder?: string;
    env?: Record<string, string>;
    columns?: number;
  } = {},
): Promise<Room> {
  const { server, address } = await startServer(options);
  const variables = {
    XDG_STATE_HOME: folder,
    XDG_CONFIG_HOME: folder,
    NO_COLOR: '1',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    ...env,
  };
  const terminal = new Tmux([...COMMAND, address, ...args], variables, columns, 40);
  await terminal.shows(args.includes('--menu') ? 'choice' : `#1 ${address}>`);
  const other = (): Promise<Client> => connect({ host: '127.0.0.1', port: server.local.port, protocol });
  return { terminal, server, address, folder, other };
}

function enterLine(terminal: Tmux, line: string): void {
  terminal.type(line);
  terminal.press('Enter');
}

/** The prompt is back, with nothing behind it. */
const atPrompt = (terminal: Tmux, prompt: RegExp = /#1 [\d.:]+>$/): Promise<string[]> =>
  terminal.wait('the prompt', (rows) => prompt.test(rows.at(-1) ?? ''));

testUnless(
  NO_TMUX,
  'Ctrl-C ends a pending await and the work behind it; the connection survives',
  async () => {
    const { terminal, other } = await enter();
    enterLine(terminal, 'await receive()');
    const friend = await other();
    terminal.press('C-c');
    await terminal.shows('interrupted');
    await friend.send(1, 'after');
    await terminal.shows('] after');
    // A cancelled receive() that still waited would have taken the message.
    enterLine(terminal, '(await receive()).text + "!"');
    await terminal.shows("'after!'");
    enterLine(terminal, 'await name()');
    await terminal.shows("'lab-host'");
    await friend.disconnect();
  },
);

testUnless(NO_TMUX, 'Ctrl-C ends a loop that catches every error, too', async () => {
  const { terminal } = await enter();
  enterLine(
    terminal,
    "let n = 0; for (;;) { try { if (n++ === 5) console.log('looping'); await heartbeat() } catch {} }",
  );
  await terminal.shows(/^looping/);
  terminal.press('C-c');
  await terminal.shows('interrupted');
  enterLine(terminal, 'const m = n; await time(); await time(); n - m');
  await terminal.shows(/^0$/);
});

testUnless(NO_TMUX, 'a terminal that is closed ends even a loop that never pauses', async () => {
  const { terminal } = await enter();
  enterLine(
    terminal,
    "console.log(`pid ${process.pid};`); for (let n = 0; ; n++) { if (n === 5) console.log('looping'); try { await Promise.reject(n) } catch {} }",
  );
  await terminal.shows(/^looping/);
  const pid = Number(/pid (\d+);/.exec(terminal.rows().join('\n'))?.[1]);
  expect(pid).toBeGreaterThan(1);
  terminal.close();
  await until('the end of the process', () => !existsSync(`/proc/${pid}`));
});

testUnless(NO_TMUX, 'a handler answers although the run that connected was interrupted', async () => {
  const { terminal, address, other } = await enter();
  enterLine(
    terminal,
    `on('message', (m) => send(m.from, 're: ' + m.text)); await connect('${address}'); await receive()`,
  );
  const friend = await other();
  const again = await until('the second connection', async () =>
    (await friend.list()).find(({ id }) => id !== 1 && id !== friend.id),
  );
  terminal.press('C-c');
  await terminal.shows('interrupted');
  const answer = new Promise((resolve) => friend.once('message', (message) => resolve(message.text)));
  await friend.send(again.id, 'ping');
  expect(await answer).toBe('re: ping');
  await friend.disconnect();
});

testUnless(NO_TMUX, 'Ctrl-C ends a loop that never waits', async () => {
  const { terminal } = await enter();
  enterLine(terminal, 'console.log("spinning"), 0; for (;;);');
  await terminal.shows(/^spinning/);
  terminal.press('C-c');
  await terminal.shows('interrupted');
  enterLine(terminal, '20 + 3');
  await terminal.shows(/^23$/);
});

testUnless(
  NO_TMUX,
  'Ctrl-C drops a half typed line and an unfinished input; twice on an empty line it leaves',
  async () => {
    const whys: string[] = [];
    const { terminal } = await enter([], {
      server: { observe: (event) => event.event === 'disconnected' && whys.push(event.why) },
    });
    terminal.type('half');
    await terminal.shows('> half');
    terminal.press('C-c');
    enterLine(terminal, 'function f() {');
    terminal.press('C-c');
    enterLine(terminal, '6 * 7');
    await terminal.shows(/^42$/);
    terminal.press('C-c');
    await terminal.shows('press Ctrl+C again');
    terminal.press('C-c');
    expect(await until('the end', () => terminal.status())).toBe(0);
    expect(whys).toEqual(['left']);
  },
);

for (const [name, leave] of [
  ['Ctrl-D', (terminal: Tmux) => terminal.press('C-d')],
  ['.exit', (terminal: Tmux) => enterLine(terminal, '.exit')],
] as const) {
  testUnless(NO_TMUX, `${name} says goodbye and leaves with 0, whatever timers the user left`, async () => {
    const whys: string[] = [];
    const { terminal } = await enter([], {
      server: { observe: (event) => event.event === 'disconnected' && whys.push(event.why) },
    });
    enterLine(terminal, 'void setInterval(() => {}, 1000)');
    await atPrompt(terminal);
    leave(terminal);
    expect(await until('the end', () => terminal.status())).toBe(0);
    expect(whys).toEqual(['left']);
  });
}

testUnless(
  NO_TMUX,
  'results: a table with wide names aligned, a date, a sentence; names cannot steer',
  async () => {
    const { terminal, server } = await enter();
    for (const name of ['王小明', 'red\u001b[31m']) {
      await connect({ host: '127.0.0.1', port: server.local.port, protocol, name }).catch(() => undefined);
    }
    enterLine(terminal, 'const all = await list(); all.map(({ id, name }) => ({ name, id }))');
    const rows = await terminal.shows(/^name +id$/);
    const head = rows.findIndex((row) => /^name +id$/.test(row));
    const wide = rows.find((row) => row.startsWith('王小明'));
    expect(wide).toBe(`王小明${' '.repeat((rows[head] ?? '').length - 6 - 1)}2`);
    enterLine(terminal, 'time()');
    await terminal.shows(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \+00:00$/);
    enterLine(terminal, 'send(1, "me")');
    await terminal.shows('delivered: client 1 said that it has the text');
  },
);

testUnless(
  NO_TMUX,
  'errors: the next step for a refusal, own frames for own mistakes, and late ones end nothing',
  async () => {
    const { terminal } = await enter();
    enterLine(terminal, 'send(99, "x")');
    await terminal.shows('there is no client 99');
    await terminal.shows('Ask for the list');
    enterLine(terminal, 'const g = () => null.x; g()');
    const rows = await terminal.shows('TypeError');
    expect(rows.filter((row) => row.startsWith('    at '))).toEqual([
      '    at g (prompt:1:22)',
      '    at prompt:1:25',
    ]);
    enterLine(
      terminal,
      'void Promise.reject(new Error("late one")); void setTimeout(() => { throw new Error("late two") })',
    );
    await terminal.shows('late one');
    await terminal.shows('late two');
    enterLine(terminal, '_error.message');
    await terminal.shows('"Cannot read properties of null');
  },
);

testUnless(NO_TMUX, 'TAB completes and runs nothing', async () => {
  const { terminal } = await enter();
  enterLine(
    terminal,
    'const trap = { get inner() { console.log("ran"); return { deep: 1 } }, plain: { field: 1 } }',
  );
  enterLine(terminal, 'void await list()');
  await atPrompt(terminal);
  for (const [typed, completed] of [
    ['heartb', '> heartbeat'],
    ['send(', '> send(1'],
    ["on('m", "> on('message'"],
    ['time({ ti', '> time({ timeoutMs:'],
    ['trap.plain.fi', '> trap.plain.field'],
    ['help(disc', '> help(disconnect'],
    ['.sa', '> .save'],
  ] as const) {
    terminal.type(typed);
    // A TAB in the middle of much input at once is taken for pasted text.
    await terminal.shows(`> ${typed}`);
    terminal.press('Tab');
    await terminal.wait(completed, (rows) => rows.at(-1)?.endsWith(completed) === true);
    terminal.press('C-u');
  }
  terminal.type('trap.inner.d');
  await terminal.shows('> trap.inner.d');
  terminal.press('Tab');
  terminal.type('|');
  await terminal.shows('trap.inner.d|');
  expect(terminal.rows().filter((row) => row === 'ran')).toEqual([]);
});

testUnless(
  NO_TMUX,
  'history: many lines are one entry, also in the next session; the file is 0600',
  async () => {
    const folder = scratch();
    const first = await enter([], { folder });
    for (const line of ['function twice(n) {', '  return 2 * n', '}', 'twice(4)'])
      enterLine(first.terminal, line);
    await first.terminal.shows(/^8$/);
    first.terminal.press('C-d');
    await until('the end', () => first.terminal.status() !== undefined);
    const file = join(folder, 'socket-lab-kit', 'repl-history');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const second = await enter([], { folder });
    second.terminal.press('Up', 'Up', 'End');
    await second.terminal.shows('function twice(n) {');
    await second.terminal.shows('return 2 * n');
    second.terminal.press('Enter');
    enterLine(second.terminal, 'twice(50)');
    await second.terminal.shows(/^100$/);
  },
);

testUnless(NO_TMUX, 'a lost connection shows in the prompt, is tried again and comes back', async () => {
  const { terminal, server } = await enter();
  const { port } = server.local;
  terminal.type('half a line');
  await server.close();
  await terminal.shows(/^\(lost\) 127\.0\.0\.1:\d+> half a line$/);
  await terminal.shows('trying again in');
  const again = await Server.listen({ protocol, port, hostName: 'second' });
  try {
    await terminal.shows('connected again');
    await terminal.wait('the line under the new prompt', (rows) =>
      /^#1 .*> half a line$/.test(rows.at(-1) ?? ''),
    );
    terminal.press('C-u');
    enterLine(terminal, 'name()');
    await terminal.shows("'second'");
  } finally {
    await again.close();
  }
});

testUnless(NO_TMUX, 'no server: the prompt comes all the same, and says so', async () => {
  const { server, address } = await startServer();
  await server.close();
  const terminal = new Tmux([...COMMAND, address], {
    XDG_STATE_HOME: scratch(),
    XDG_CONFIG_HOME: scratch(),
    LC_ALL: 'C.UTF-8',
  });
  await terminal.shows('nobody listens');
  enterLine(terminal, 'time()');
  await terminal.shows('not connected to a server');
  await atPrompt(terminal, /^\(not connected\)>$/);
});

testUnless(NO_TMUX, '--menu and .menu: the seven choices, with messages above the question', async () => {
  const { terminal, server, other } = await enter(['--menu']);
  for (const answer of ['1', '', String(server.local.port)]) enterLine(terminal, answer);
  await terminal.shows('connected as client 1');
  terminal.type('3 1');
  await terminal.shows('choice (1-7)> 3 1');
  const friend = await other();
  await friend.send(1, 'psst');
  await terminal.wait('the question under the message', (rows) => {
    const last = rows.slice(-2);
    return last[0]?.endsWith('] psst') === true && last[1] === 'choice (1-7)> 3 1';
  });
  terminal.type('0');
  terminal.press('Enter');
  await terminal.wait(
    'ten times',
    (rows) => rows.filter((row) => /^\d{4}-.* \+00:00$/.test(row)).length === 10,
  );
  enterLine(terminal, '');
  await atPrompt(terminal);
  enterLine(terminal, '.menu');
  await terminal.shows('7 exit');
  enterLine(terminal, '7');
  expect(await until('the end', () => terminal.status())).toBe(0);
  await friend.disconnect();
});

testUnless(NO_TMUX, 'the menu takes answers typed ahead, and says when it is left', async () => {
  const { terminal, server } = await enter(['--menu']);
  enterLine(terminal, '3');
  await terminal.shows('Choose 1 to connect.');
  // All at once, as a paste: not one of them may be run as code.
  terminal.type(`1\r\r${server.local.port}\r4\r3 2\r4\r`);
  await terminal.wait('all answers', (rows) => rows.filter((row) => row === "'lab-host'").length === 2);
  const rows = await terminal.wait('the menu again', (all) => all.at(-1) === 'choice (1-7)>');
  expect(rows.filter((row) => /^\d{4}-.* \+00:00$/.test(row))).toHaveLength(2);
  terminal.press('C-c');
  await terminal.shows('out of the menu: .menu comes back to it');
});

testUnless(NO_TMUX, '.save writes a script that runs again; .load runs it', async () => {
  const { terminal, folder } = await enter();
  const file = join(folder, 'saved.js');
  for (const line of ['const total = (await list()).length', 'nonsense()', '`total ${total}`'])
    enterLine(terminal, line);
  await terminal.shows("'total 1'");
  enterLine(terminal, `.save ${file}`);
  await until('the file', () => existsSync(file));
  expect(readFileSync(file, 'utf8')).toContain('// nonsense()');
  enterLine(terminal, 'console.clear()');
  enterLine(terminal, `.load ${file}`);
  await terminal.wait('the result again', (rows) => rows.filter((row) => row === "'total 1'").length === 2);
  enterLine(terminal, '.load nowhere.js');
  await terminal.shows('Check the path, and that you may read the file.');
});

testUnless(NO_TMUX, '.wire on shows the bytes of each packet, named', async () => {
  const { terminal } = await enter();
  enterLine(terminal, '.wire on');
  enterLine(terminal, 'time()');
  await terminal.shows('→ sent time.request');
  await terminal.shows('← received time.response');
  await terminal.shows(/^0\d+ .*magic/);
});

testUnless(NO_TMUX, 'the rc file runs first; a mistake in it has its line', async () => {
  const folder = scratch();
  mkdirSync(join(folder, 'socket-lab-kit'));
  const rc = join(folder, 'socket-lab-kit', 'replrc.js');
  writeFileSync(rc, 'const shout = (text) => text.toUpperCase();\nmissing();\n');
  chmodSync(rc, 0o600);
  const { terminal } = await enter([], { folder, columns: 160 });
  await terminal.shows(/replrc\.js:2: ReferenceError: missing is not defined/);
  enterLine(terminal, 'shout("hi")');
  await terminal.shows("'HI'");
});

testUnless(NO_TMUX, 'a command that became a variable is still there', async () => {
  const { terminal } = await enter();
  enterLine(terminal, 'const name = "mine"');
  await terminal.shows('name is your variable now; the command is chat.name()');
  enterLine(terminal, 'chat.name()');
  await terminal.shows("'lab-host'");
});

testUnless(NO_TMUX, 'errors in Chinese: what came, whose words they are, and the next step', async () => {
  const { terminal, address } = await enter(['--lang', 'zh']);
  for (const [input, ...said] of [
    ['send(9, "hi")', '没有这个客户端（there is no client 9）', '请查看客户端列表：编号不会重复使用。'],
    ['name(3)', 'name：', '输入 help(name) 看示例。'],
    ['list().length', 'list() 是一个 Promise，值稍后才到。请写 (await list()).length'],
    ['lst()', 'lst is not defined', '是不是 list？'],
    ['.wir', '没有命令 .wir', '是不是 .wire？'],
    ['connect("127.0.0.1:1")', '127.0.0.1:1 上没有程序在监听：连接被拒绝（RST）', '请启动服务器'],
    ['list()', '没有连接到服务器', "要连接，请输入 connect('127.0.0.1:1')。"],
  ] as const) {
    enterLine(terminal, input);
    for (const line of said) await terminal.shows(line);
  }
  expect(address).toMatch(/^127/);
});

testUnless(
  NO_TMUX,
  'an unknown dot command is told which there are, and nothing goes on from it',
  async () => {
    const { terminal } = await enter();
    enterLine(terminal, '.foo');
    await terminal.shows('there is no command .foo');
    await terminal.shows('The commands with a dot are .help, .menu, .wire, .save, .load, .break, .exit');
    enterLine(terminal, '.list');
    await terminal.shows('Did you mean list()?');
    // Behind an unfinished input a dot goes on with it.
    for (const line of ['(', '[3, 4]', '.map((n) => n + 1)', ')']) enterLine(terminal, line);
    await terminal.shows('[ 4, 5 ]');
  },
);
