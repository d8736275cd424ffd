/** The C socket API at the prompt, in a real terminal. */
import { readFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { connect } from '../../src/net/index.ts';
import { loadProtocol } from '../../src/wire/index.ts';
import { testUnless } from '../helpers/skip.ts';
import { until } from '../helpers/until.ts';
import { COMMAND, repl, scratch, startServer } from './helpers.ts';
import { NO_TMUX, Tmux } from '../helpers/tmux.ts';

const reason = process.platform === 'linux' ? NO_TMUX : 'the C socket API is there on Linux only';
const PROMPT = /^#1 [\d.:]+>/;

async function enter(env: Record<string, string> = {}): Promise<{ terminal: Tmux; port: number }> {
  const { server, address } = await startServer();
  const folder = scratch();
  const variables = {
    XDG_STATE_HOME: folder,
    XDG_CONFIG_HOME: folder,
    NO_COLOR: '1',
    LC_ALL: 'C.UTF-8',
    ...env,
  };
  const terminal = new Tmux([...COMMAND, address], variables, 140, 120);
  await terminal.shows(`#1 ${address}>`);
  return { terminal, port: server.local.port };
}

/** Types a line and waits until the prompt is back under whatever it printed. */
async function enterLine(terminal: Tmux, line: string): Promise<string[]> {
  terminal.type(line);
  await terminal.shows(`> ${line}`);
  const before = terminal.rows().length;
  terminal.press('Enter');
  return terminal.wait(
    `the prompt behind ${line}`,
    (rows) => rows.length > before && /^#1 [\d.:]+>$/.test(rows.at(-1) ?? ''),
  );
}

/** What differs from run to run gets a number in order: ports, descriptors. The ACK of a FIN may be there or not yet. */
function comparable(lines: readonly string[]): string[] {
  const seen = new Map<string, string>();
  const named = (kind: string, value: string): string => {
    const key = `${kind}${value}`;
    const name = seen.get(key) ?? `${kind}${seen.size}`;
    seen.set(key, name);
    return name;
  };
  return lines.map((line) =>
    line
      .replace(PROMPT, '>')
      .replace(
        /(\d+\.\d+\.\d+\.\d+):([1-9]\d*)/g,
        (_, host: string, port: string) => `${host}:${named('p', port)}`,
      )
      .replace(/^(\w+\()(\d+)/, (_, call: string, fd: string) => call + named('f', fd))
      .replace(/fd (\d+)/, (_, fd: string) => `fd ${named('f', fd)}`)
      .replace(/^((?:socket|accept)\(.*\) = )(\d+)$/, (_, call: string, fd: string) => call + named('f', fd))
      .replace(/FIN_WAIT[12](.*)Send-Q [01]/, 'FIN_WAIT$1')
      .replace(/timer time-wait [\d.]+ s/, 'timer time-wait')
      .replace(/ +/g, ' '),
  );
}

testUnless(reason, 'the session of docs/SYS.md, typed, shows what the page shows', async () => {
  const page = readFileSync(new URL('../../docs/SYS.md', import.meta.url), 'utf8');
  const shown = (/session -->\s*```text\n([^]*?)```/.exec(page)?.[1] ?? '').trim().split('\n');
  const typed = shown.filter((line) => line.startsWith('> ')).map((line) => line.slice(2));
  expect(typed.length).toBeGreaterThan(10);
  const { terminal } = await enter();
  for (const line of typed) await enterLine(terminal, line);
  const rows = terminal.rows();
  const first = rows.findIndex((row) => row.endsWith(`> ${typed[0] ?? ''}`));
  expect(comparable(rows.slice(first, -1))).toEqual(comparable(shown));
});

testUnless(
  reason,
  'a class stops between listen and accept: a client connects and sends, the queue holds it, accept takes it',
  async () => {
    const { terminal } = await enter();
    await enterLine(terminal, 'const fd = await sys.socket(AF_INET, SOCK_STREAM, 0)');
    await enterLine(terminal, "await sys.bind(fd, '127.0.0.1', 0)");
    const rows = await enterLine(terminal, 'await sys.listen(fd, 5)');
    const port = Number(/LISTEN {2}127\.0\.0\.1:(\d+) {2}accept queue 0 of 5/.exec(rows.join('\n'))?.[1]);
    // Here the class stops. Somebody else's connect succeeds all the same.
    const socket = connectSocket({ host: '127.0.0.1', port });
    onTestFinished(() => void socket.destroy());
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    socket.write('nobody accepted me yet');
    await enterLine(terminal, 'void await sys.getsockname(fd)');
    await terminal.shows(/LISTEN {2}127\.0\.0\.1:\d+ {2}accept queue 1 of 5/);
    await enterLine(terminal, 'const conn = await sys.accept(fd)');
    await terminal.shows(`ESTABLISHED  127.0.0.1:${port} → 127.0.0.1:${socket.localPort ?? 0}  Recv-Q 22`);
    await enterLine(terminal, '(await sys.recv(conn, 100)).toString()');
    await terminal.shows("'nobody accepted me yet'");
    await enterLine(terminal, 'sys.send(conn, "hello")');
    expect(await until('the answer', () => (socket.read() as Buffer | null) ?? undefined)).toEqual(
      Buffer.from('hello'),
    );
  },
);

testUnless(
  reason,
  'accept blocks, the prompt does not: messages come in, Ctrl-C ends the call alone',
  async () => {
    const { terminal, port } = await enter();
    await enterLine(terminal, 'const fd = await sys.socket(AF_INET, SOCK_STREAM, 0)');
    await enterLine(terminal, "await sys.bind(fd, '127.0.0.1', 0)");
    await enterLine(terminal, 'await sys.listen(fd, 1)');
    terminal.type('await sys.accept(fd)');
    terminal.press('Enter');
    await terminal.shows(/accept\(\d+\) … blocks/);
    const friend = await connect({ host: '127.0.0.1', port, protocol: loadProtocol('clp') });
    onTestFinished(() => friend.reset());
    await friend.send(1, 'still there?');
    await terminal.shows('still there?');
    terminal.press('C-c');
    await terminal.wait('the prompt', (rows) => /^#1 [\d.:]+>$/.test(rows.at(-1) ?? ''));
    await enterLine(terminal, '(await sys.state(fd)).state');
    await terminal.shows(/^'LISTEN'$/);
    // A call that nobody waits for, ended by close.
    await enterLine(terminal, 'const later = sys.accept(fd)');
    await enterLine(terminal, 'await sys.close(fd)');
    await terminal.shows('accept: EBADF (9)');
  },
);

testUnless(
  reason,
  'an error has its name and meaning, in the language of the locale; help and TAB know the calls',
  async () => {
    const { terminal } = await enter({ LC_ALL: 'zh_CN.UTF-8' });
    await enterLine(terminal, 'await sys.listen(4000, 5)');
    await terminal.shows('listen: EBADF (9): 这个描述符没有打开');
    await enterLine(terminal, 'help(sys.listen)');
    await terminal.shows('int listen(int sockfd, int backlog)');
    terminal.type('sys.getsockn');
    await terminal.shows('> sys.getsockn');
    terminal.press('Tab');
    await terminal.shows('> sys.getsockname');
  },
);

testUnless(
  reason,
  'what a script leaves open is closed with it, also behind a call that blocks',
  async () => {
    const code = [
      'const fd = await sys.socket(AF_INET, SOCK_STREAM, 0)',
      "await sys.bind(fd, '127.0.0.1', 0)",
      'await sys.listen(fd, 1)',
      'void sys.accept(fd)',
      'console.log((await sys.getsockname(fd)).port)',
    ].join('\n');
    const { out, err, code: exit } = await repl(['-e', code]);
    expect({ exit, blocks: err.includes('… blocks') }).toEqual({ exit: 0, blocks: true });
    const port = Number(out.split('\n').find((line) => /^\d{4,5}$/.test(line)));
    const refused = await new Promise<string | undefined>((resolve) => {
      const socket = connectSocket({ host: '127.0.0.1', port });
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      socket.once('connect', () => {
        socket.destroy();
        resolve('connected');
      });
    });
    expect(refused).toBe('ECONNREFUSED');
  },
);
