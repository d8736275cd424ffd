import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { probeWorlds } from '../../src/host/ability.ts';
import { chatLab, isRoot, scratch, startChatLab } from '../helpers/lab.ts';
import { until } from '../helpers/until.ts';

const ability = await probeWorlds();
const namespaces = ability.kind === 'namespaces' ? '' : ` (skipped: ${ability.why ?? 'no namespaces'})`;

interface Proc {
  readonly pid: number;
  readonly command: string;
}

/** Processes that have the directory's name among their arguments: the run's own, wherever its namespaces are. */
function processesOf(directory: string): Proc[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return command.includes(directory) ? [{ pid: Number(name), command }] : [];
    } catch {
      // It ended while we looked.
      return [];
    }
  });
}

const manifest = (directory: string): { status: string; phases: unknown[] } | undefined =>
  existsSync(join(directory, 'evidence.json'))
    ? (JSON.parse(readFileSync(join(directory, 'evidence.json'), 'utf8')) as {
        status: string;
        phases: unknown[];
      })
    : undefined;

/** The run is in the middle of its first connections: there is something to lose. */
const underWay = (directory: string): Promise<unknown> =>
  until('the run is under way', () => (manifest(directory)?.phases.length ?? 0) > 0, 60_000);

const find = (directory: string, what: RegExp): Promise<Proc> =>
  until(
    `a process ${String(what)}`,
    () => processesOf(directory).find(({ command }) => what.test(command)),
    60_000,
  );

const nothingLeft = (directory: string): Promise<unknown> =>
  until('nothing of the run is left', () => processesOf(directory).length === 0, 30_000);

describe.skipIf(namespaces !== '')(`a run that is ended in the middle${namespaces}`, () => {
  test('by Ctrl-C: says so, keeps what was seen, leaves nothing, exits 130', async () => {
    const directory = join(scratch(), 'run');
    const run = startChatLab(['run', '3', '--out', directory]);
    await underWay(directory);
    run.kill('SIGINT');
    const { exitCode, stderr } = await run;
    expect(exitCode).toBe(130);
    expect(stderr).toMatch(/interrupted/);
    expect(stderr).toMatch(/marked incomplete/);
    expect(manifest(directory)?.status).toBe('incomplete');
    expect(readFileSync(join(directory, 'report.md'), 'utf8')).toContain(
      'the run is not complete: it was interrupted',
    );
    await nothingLeft(directory);
  });

  test.each([
    ['the command', /chat-lab\.[jt]s/],
    ['the worker', /worker\.[jt]s/],
  ])(
    'by kill -9 of %s: nothing is left, and the evidence is not taken for a finished run',
    async (_, what) => {
      const directory = join(scratch(), 'run');
      const run = startChatLab(['run', '3', '--out', directory]);
      await underWay(directory);
      const victim = await find(directory, what);
      process.kill(victim.pid, 'SIGKILL');
      await run;
      await nothingLeft(directory);
      expect(manifest(directory)?.status).not.toBe('complete');
      const report = await chatLab(['report', directory]);
      expect(report.code).toBe(1);
      expect(readFileSync(join(directory, 'report.md'), 'utf8')).toMatch(/the run is not complete/);
    },
  );

  test.each([
    ['the server', /chatd\.[jt]s run/, /chatd on server ended \(SIGKILL\)/],
    ['the client', /actor\.[jt]s/, /client-\d on client ended \(SIGKILL\)|the client process ended/],
    ['tcpdump', /tcpdump .*client\.pcap/, /tcpdump ended by itself \(SIGKILL\)/],
  ])('by kill -9 of %s: the run ends at once and names it', async (_, what, words) => {
    const directory = join(scratch(), 'run');
    const run = startChatLab(['run', '3', '--out', directory]);
    await underWay(directory);
    const victim = await find(directory, what);
    process.kill(victim.pid, 'SIGKILL');
    const { exitCode, stderr } = await run;
    expect(stderr).toMatch(words);
    expect(exitCode).toBe(3);
    expect(manifest(directory)?.status).toBe('incomplete');
    await nothingLeft(directory);
  });
});

describe('before it begins', () => {
  const listeners: Server[] = [];
  afterEach(() => {
    for (const server of listeners.splice(0)) server.close();
  });

  test('an unknown lab: the names that exist, and the one that was meant', async () => {
    const { code, stderr, stdout } = await chatLab(['run', '03-tiem']);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('there is no lab 03-tiem; there are 01-connect, 02-commands, ');
    expect(stderr).toContain('Did you mean: labs/run 03-time-100x');
  });

  test('no lab at all, an unknown flag, a bad student number: usage', async () => {
    for (const args of [
      ['run'],
      ['run', '3', '--nonsense'],
      ['run', '3', '--student', '12'],
      ['run', '3', '--port', '0'],
    ]) {
      const { code, stderr } = await chatLab(args);
      expect(`${args.join(' ')}: ${String(code)}`).toBe(`${args.join(' ')}: 2`);
      expect(stderr).not.toContain('    at ');
    }
  });

  test('evidence is never overwritten', async () => {
    const directory = scratch();
    mkdirSync(join(directory, 'something'));
    const { code, stderr } = await chatLab(['run', '3', '--out', directory]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/is not empty/);
    expect(readdirSync(directory)).toEqual(['something']);
  });

  test('a directory that is no run cannot be reported', async () => {
    const { code, stderr } = await chatLab(['report', scratch()]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/no evidence/);
  });

  test.skipIf(ability.kind === 'none')(
    'a port that is taken: named, with how to find its owner',
    async () => {
      const server = createServer();
      listeners.push(server);
      // On every address of the loopback network, so that the run's own is among them.
      await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const directory = join(scratch(), 'run');
      const { code, stderr } = await chatLab([
        'run',
        '3',
        '--hosts',
        'loopback',
        '--port',
        String(port),
        '--out',
        directory,
      ]);
      expect(stderr).toMatch(/is taken by another program/);
      expect(stderr).toMatch(/ss -ltnp/);
      expect(code).toBe(3);
      expect(manifest(directory)?.status).toBe('incomplete');
    },
  );

  test.skipIf(namespaces !== '')(`without tcpdump: the package to install${namespaces}`, async () => {
    // Every tool of the machine but tcpdump.
    const tools = join(scratch(), 'bin');
    mkdirSync(tools);
    for (const folder of ['/usr/sbin', '/sbin', '/usr/bin', '/bin']) {
      for (const name of existsSync(folder) ? readdirSync(folder) : []) {
        if (name !== 'tcpdump' && !existsSync(join(tools, name)))
          symlinkSync(join(folder, name), join(tools, name));
      }
    }
    const directory = join(scratch(), 'run');
    const { code, stderr } = await chatLab(['run', '3', '--out', directory], { env: { PATH: tools } });
    expect(stderr).toMatch(/tcpdump/);
    expect(stderr).toMatch(/apt-get install/);
    expect(code).toBe(3);
  });

  test.skipIf(namespaces !== '' || !isRoot)(
    `on a full disk: says so, keeps what was written${namespaces}${isRoot ? '' : ' (skipped: mounting a small disk needs root)'}`,
    async () => {
      const disk = scratch();
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96k,mode=777', 'tmpfs', disk]);
      try {
        const directory = join(disk, 'run');
        const { code, stderr } = await chatLab(['run', '3', '--out', directory]);
        expect(stderr).toMatch(/disk .*full|full.*disk/);
        expect(code).toBe(3);
        expect(manifest(directory)?.status).not.toBe('complete');
        await nothingLeft(directory);
      } finally {
        execFileSync('umount', ['-l', disk]);
      }
    },
  );
});
