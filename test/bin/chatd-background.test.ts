import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { until } from '../helpers/until.ts';
import { join as joinServer, startServer } from '../net/support/servers.ts';
import { Home } from './support/chatd.ts';

const modeOf = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A zombie whose parent has not looked yet counts as gone.
    return !readFileSync(`/proc/${pid}/stat`, 'latin1').includes(') Z ');
  } catch {
    return false;
  }
};

interface Report {
  running: boolean;
  servers: Record<string, unknown>[];
  stale: Record<string, unknown>[];
}

async function statusOf(home: Home, ...args: string[]): Promise<Report & { exitCode: number | undefined }> {
  const { stdout, exitCode } = await home.chatd('status', '--json', ...args);
  return { ...(JSON.parse(stdout) as Report), exitCode };
}

test('start, status, stop: one life in the background', async () => {
  const home = new Home();
  expect(await statusOf(home)).toEqual({ running: false, servers: [], stale: [], exitCode: 1 });
  const { pid, port, log } = await home.start();
  const client = await joinServer({ port });

  const report = await statusOf(home, '--port', `${port}`);
  expect(report).toMatchObject({ running: true, exitCode: 0 });
  expect(report.servers).toMatchObject([
    { pid, host: '127.0.0.1', port, protocol: 'clp', clients: 1, accepted: 1, log },
  ]);
  expect(Date.parse(String(report.servers[0]?.['since']))).toBeLessThanOrEqual(Date.now());
  expect((await home.chatd('status')).stdout).toContain(`process ${pid}`);

  expect([home.run, home.state].map(modeOf)).toEqual(['700', '700']);
  const files = [...readdirSync(home.run).map((name) => join(home.run, name)), log];
  expect(files.map(modeOf)).toEqual(['600', '600', '600']);
  expect(readFileSync(join(home.run, `chatd-127.0.0.1-${port}.pid`), 'utf8').split('\n')[0]).toBe(`${pid}`);

  const reason = new Promise((resolve) => client.on('close', resolve));
  const stopped = await home.chatd('stop', '--port', `${port}`);
  expect(stopped.exitCode).toBe(0);
  expect(stopped.stdout).toContain(`${pid}`);
  expect(await reason).toMatchObject({ code: 'shutting-down' });
  expect(alive(pid)).toBe(false);
  expect(readdirSync(home.run)).toEqual([]);
  expect(readFileSync(log, 'utf8')).toContain('"event":"closed"');
  expect(await home.chatd('stop')).toMatchObject({ exitCode: 1, stdout: 'chatd does not run' });
});

test('a server outlives whoever started it, in a session of its own', async () => {
  const { pid } = await new Home().start();
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const session = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3];
  expect(session).toBe(`${pid}`);
  expect(alive(pid)).toBe(true);
});

test('a second start for the same port says who is there: exit code 3', async () => {
  const home = new Home();
  const { port, pid } = await home.start();
  const second = await home.chatd('start', '--port', `${port}`);
  expect(second.exitCode).toBe(3);
  expect(second.stderr).toContain(`process ${pid}`);
  expect(second.stderr).toContain(`chatd stop --port ${port}`);
});

test('start on a port that another program has: its error, not a time-out', async () => {
  const taken = await startServer();
  const { stderr, exitCode } = await new Home().chatd('start', '--port', `${taken.port}`);
  expect(exitCode).toBe(3);
  expect(stderr).toMatch(/is taken by another program\n {2}Find it with: ss/);
});

test('several servers: each by its port, and stop without one asks which', async () => {
  const home = new Home();
  const [first, second] = [await home.start(), await home.start('--host', '127.0.0.2')];
  expect((await statusOf(home)).servers).toHaveLength(2);
  expect((await statusOf(home, '--host', '127.0.0.2')).servers).toMatchObject([{ pid: second.pid }]);
  const unclear = await home.chatd('stop');
  expect(unclear.exitCode).toBe(2);
  expect(unclear.stderr).toContain(`${first.port}`);
  expect((await home.chatd('stop', '--port', `${first.port}`)).exitCode).toBe(0);
  expect([alive(first.pid), alive(second.pid)]).toEqual([false, true]);
  expect((await home.chatd('stop')).exitCode).toBe(0);
});

test('after kill -9 the pid file is stale: status says so, start replaces it, stop removes it', async () => {
  const home = new Home();
  const { pid, port } = await home.start();
  const kill = async (victim: number): Promise<void> => {
    process.kill(victim, 'SIGKILL');
    await until('it is gone', () => !alive(victim));
  };
  await kill(pid);
  expect(await statusOf(home)).toMatchObject({ running: false, exitCode: 1, stale: [{ pid, port }] });
  const again = await home.chatd('start', '--json', '--port', `${port}`);
  expect(again.exitCode).toBe(0);
  const second = (JSON.parse(again.stdout) as { pid: number }).pid;
  expect(await statusOf(home)).toMatchObject({ running: true, servers: [{ pid: second }], stale: [] });
  await kill(second);
  const stop = await home.chatd('stop');
  expect(stop.stdout).toContain('stale');
  expect(stop.exitCode).toBe(1);
  expect(await statusOf(home)).toMatchObject({ stale: [] });
});

test('a number that the kernel gave to a stranger is not signalled', async () => {
  const home = new Home();
  const { pid, port } = await home.start();
  const file = join(home.run, `chatd-127.0.0.1-${port}.pid`);
  // As if the server had died, and its number were now that of this test.
  const text = readFileSync(file, 'utf8').replaceAll(`${pid}`, `${process.pid}`);
  writeFileSync(file, text);
  let signalled = false;
  const hear = (): void => void (signalled = true);
  process.on('SIGTERM', hear);
  const stop = await home.chatd('stop', '--port', `${port}`);
  process.off('SIGTERM', hear);
  expect(stop).toMatchObject({ exitCode: 1 });
  expect(stop.stdout).toContain('stale');
  expect([signalled, alive(pid)]).toEqual([false, true]);
});

test('a server that was stopped (SIGSTOP) runs and does not answer', async () => {
  const home = new Home();
  const { pid } = await home.start();
  process.kill(pid, 'SIGSTOP');
  expect(await statusOf(home)).toMatchObject({ running: true, servers: [{ pid, clients: null }] });
  process.kill(pid, 'SIGCONT');
  await until('it answers again', async () => (await statusOf(home)).servers[0]?.['clients'] === 0);
});

test('links are not followed: a log that is one is refused, a folder that is one is not used', async () => {
  const home = new Home();
  mkdirSync(home.state, { recursive: true });
  const target = join(home.folder, 'precious');
  writeFileSync(target, 'precious');
  symlinkSync(target, join(home.state, 'chatd-127.0.0.1-0.log'));
  const start = await home.chatd('start', '--port', '0');
  expect(start.exitCode).toBe(3);
  expect(start.stderr).toContain('symbolic link');
  expect(readFileSync(target, 'utf8')).toBe('precious');

  mkdirSync(join(home.folder, 'run'));
  mkdirSync(join(home.folder, 'elsewhere'));
  symlinkSync(join(home.folder, 'elsewhere'), home.run);
  const chatd = await home.foreground();
  await until('it says so', () => chatd.events('unregistered').length === 1);
  expect(chatd.events('unregistered')).toMatchObject([{ level: 'warn', code: 'unsafe-folder' }]);
  expect(await (await joinServer(chatd)).time()).toBeInstanceOf(Date);
  expect(readdirSync(join(home.folder, 'elsewhere'))).toEqual([]);
});

test('a foreground server is found as well, unless it is unlisted', async () => {
  const home = new Home();
  const seen = await home.foreground();
  const hidden = await home.foreground('--unlisted');
  expect((await statusOf(home)).servers).toMatchObject([{ port: seen.port, log: null }]);
  hidden.child.kill('SIGTERM');
  expect((await hidden.ended()).exitCode).toBe(0);
  expect((await home.chatd('stop')).exitCode).toBe(0);
  expect((await seen.ended()).exitCode).toBe(0);
});

test('a runtime folder with a path too long for a socket', async () => {
  const home = new Home();
  home.env.XDG_RUNTIME_DIR = join(home.folder, 'x'.repeat(120));
  await home.start();
  expect((await statusOf(home)).servers).toMatchObject([{ clients: 0 }]);
  const [name = ''] = readdirSync(join(home.env.XDG_RUNTIME_DIR, 'socket-lab-kit'));
  const file = join(home.env.XDG_RUNTIME_DIR, 'socket-lab-kit', name);
  const { control } = JSON.parse(readFileSync(file, 'utf8').split('\n')[1] ?? '') as { control: string };
  expect(existsSync(control)).toBe(true);
  expect((await home.chatd('stop')).exitCode).toBe(0);
  expect(existsSync(control)).toBe(false);
});

test('folders that cannot be made or read are a fault of the machine, and say which', async () => {
  const home = new Home();
  writeFileSync(join(home.folder, 'state'), 'a file');
  const start = await home.chatd('start', '--port', '0');
  expect(start.exitCode).toBe(3);
  expect(start.stderr).toContain(home.state);
  writeFileSync(join(home.folder, 'run'), 'a file');
  for (const command of ['status', 'stop']) {
    const { exitCode, stderr } = await home.chatd(command);
    expect({ command, exitCode, stderr }).toMatchObject({ exitCode: 3 });
    expect(stderr).toContain(home.run);
  }
});

test('killed and started again at once on the same port, with clients that were connected', async () => {
  const home = new Home();
  const { pid, port } = await home.start();
  const clients = await Promise.all(Array.from({ length: 5 }, () => joinServer({ port })));
  const lost = Promise.all(
    clients.map((client) => new Promise((resolve) => client.on('close', ({ code }) => resolve(code)))),
  );
  process.kill(pid, 'SIGKILL');
  expect(new Set(await lost)).toEqual(new Set(['connection-lost']));
  const again = await home.chatd('start', '--port', `${port}`);
  expect(again).toMatchObject({ exitCode: 0 });
  expect(await (await joinServer({ port })).time()).toBeInstanceOf(Date);
  expect((await home.chatd('stop')).exitCode).toBe(0);
});
