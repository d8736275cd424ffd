import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { GRADE } from '../../src/check/index.ts';
import { gradeClient, gradeServer, readClientScript } from '../../src/grade/index.ts';
import { chatLab } from '../helpers/lab.ts';
import { sharedTempFolder } from '../helpers/temp.ts';
import { lacks } from '../host/support/perform.ts';

const server = fileURLToPath(new URL('../zoo/servers/py-threads.py', import.meta.url));
const BOUND_MS = 300_000;

describe.skipIf(lacks !== '')(`what costs a server points and what does not${lacks}`, () => {
  const folder = sharedTempFolder();

  test('what fails once and not again is unstable and costs nothing', { timeout: BOUND_MS }, async () => {
    // Its folder is the one place where it can remember that it has been started before.
    writeFileSync(
      join(folder, 'moody.sh'),
      `mkdir seen 2>/dev/null && exit 1\nexec python3 ${server} "$1"\n`,
    );
    const command = ['sh', join(folder, 'moody.sh'), '{port}'];
    const { checks, score } = await gradeServer({ command, protocol: 'clp', cwd: folder, only: ['time'] });
    expect(checks.map(({ id, verdict, unstable }) => [id, verdict, unstable])).toEqual([
      ['starts', 'fail', true],
      ['answers', 'pass', undefined],
      ['time', 'pass', undefined],
    ]);
    expect(checks[0]?.actual.en).toBe('the server ended with exit code 1');
    expect(score.points).toBe(score.of);
  });

  test(
    'a server that knows one port only is started on it again and again',
    { timeout: BOUND_MS },
    async () => {
      const { checks } = await gradeServer({
        command: ['python3', server, '23123'],
        protocol: 'clp',
        port: 23_123,
        only: ['restart'],
      });
      expect(checks.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual([
        'starts pass',
        'answers pass',
        'restart pass',
      ]);
    },
  );

  test(
    'what the protocol has no words for costs no points where nothing works either',
    { timeout: BOUND_MS },
    async () => {
      const { checks, score } = await gradeServer({
        command: ['false'],
        protocol: 'struct264',
        only: ['heartbeat', 'list'],
      });
      expect(checks.map(({ id, verdict, because }) => [id, verdict, because])).toEqual([
        ['starts', 'fail', undefined],
        ['answers', 'skipped', 'depends'],
        ['two-clients', 'skipped', 'depends'],
        ['heartbeat', 'skipped', 'does-not-apply'],
        ['numbers', 'skipped', 'does-not-apply'],
        ['list', 'skipped', 'depends'],
      ]);
      // Between the two stands a check that does not apply.
      expect(checks.at(-1)?.actual.en).toBe('not tried: it needs two-clients');
      const applying = checks.filter(({ because }) => because !== 'does-not-apply');
      expect(score.of).toBe(applying.reduce((sum, { maxPoints }) => sum + maxPoints, 0));
    },
  );

  test(
    'the likely cause is that the program was not found, or that what it printed says more',
    { timeout: BOUND_MS },
    async () => {
      const missing = await gradeServer({
        command: ['sh', '-c', 'no-such-server'],
        protocol: 'clp',
        only: ['starts'],
      });
      expect(missing.checks[0]?.cause?.en).toMatch(/was not found/);
      // Its thread for the client dies of the first packet; the socket stays open, as Python's does while it is referred to.
      writeFileSync(
        join(folder, 'dies.py'),
        `import socket, sys, threading
kept = []
def serve(s):
    kept.append(s)
    s.sendall(bytes.fromhex('434c0103010000000000000000000004' '00000001'))
    raise ValueError('bad packet %r' % s.recv(4096))
l = socket.create_server(('', int(sys.argv[1])))
while True:
    threading.Thread(target=serve, args=l.accept()[:1], daemon=True).start()
`,
      );
      const died = await gradeServer({
        command: ['python3', join(folder, 'dies.py'), '{port}'],
        protocol: 'clp',
        cwd: folder,
        only: ['answers'],
      });
      const answers = died.checks.find(({ id }) => id === 'answers');
      expect(answers?.output).toContain('ValueError: bad packet');
      expect(answers?.cause?.en).toMatch(/what it printed stands below/);
    },
  );

  test(
    'what the protocol has no words for costs neither points nor the exit code',
    { timeout: BOUND_MS },
    async () => {
      const struct = fileURLToPath(new URL('../zoo/servers/py-struct264.py', import.meta.url));
      const args = ['--protocol', 'struct264', '--format', 'json', '--only', 'heartbeat', '--'];
      const { code, stdout } = await chatLab(['grade', 'server', ...args, 'python3', struct, '{port}']);
      const { checks, score } = GRADE.parse(JSON.parse(stdout));
      expect(checks.map(({ id, verdict, because }) => [id, verdict, because])).toEqual([
        ['starts', 'pass', undefined],
        ['answers', 'pass', undefined],
        ['heartbeat', 'skipped', 'does-not-apply'],
      ]);
      expect(score.points).toBe(score.of);
      expect(code).toBe(0);
    },
  );

  test('a server can write in its own folder and nowhere else', { timeout: BOUND_MS }, async () => {
    const outside = join(folder, '..', `not-${process.pid}`);
    writeFileSync(
      join(folder, 'curious.sh'),
      `touch mine && echo mine\ntouch ${outside} && echo outside\nkill -9 -1\nexit 3\n`,
    );
    const { checks } = await gradeServer({
      command: ['sh', join(folder, 'curious.sh'), '{port}'],
      protocol: 'clp',
      cwd: folder,
      only: ['starts'],
    });
    expect(checks[0]?.output).toContain('mine');
    expect(checks[0]?.output).toContain('Read-only file system');
    expect(checks[0]?.output).not.toContain('outside\n');
    expect(checks[0]?.actual.en).toBe('the server ended with exit code 3');
  });

  test('a client can write in its own folder and nowhere else', { timeout: BOUND_MS }, async () => {
    const outside = join(folder, '..', `not-of-client-${process.pid}`);
    writeFileSync(
      join(folder, 'nosy.sh'),
      `touch its-own && echo its own\ntouch ${outside} && echo outside\nkill -9 -1\nexit 3\n`,
    );
    const script = readClientScript('time: [{ send: t }, { expect: "{time}" }]', 'menu.yaml');
    const { checks, problems } = await gradeClient({
      ...{ command: ['sh', join(folder, 'nosy.sh')], script, protocol: 'clp' },
      ...{ cwd: folder, only: ['connects'] },
    });
    expect(problems).toEqual([]);
    expect(checks[0]?.output).toContain('its own');
    expect(checks[0]?.output).toContain('Read-only file system');
    expect(checks[0]?.output).not.toContain('outside\n');
    expect(checks[0]?.actual.en).toBe('it ended with exit code 3');
  });
});
