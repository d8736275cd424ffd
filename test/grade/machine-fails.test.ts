import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { GRADE, type Grade } from '../../src/check/index.ts';
import { hunt } from '../helpers/hunt.ts';
import { root, startChatLab } from '../helpers/lab.ts';
import { tempFolder } from '../helpers/temp.ts';
import { lacks } from '../host/support/perform.ts';

/** What the machine takes away while something is graded costs nobody a point: the verdict is `error`, never pass or fail. */
const BOUND_MS = 300_000;
const zoo = (path: string): string => join(root, 'test/zoo', path);

const SERVER = ['server', '--only', 'time', '--'];
const SERVES = [...SERVER, 'python3', zoo('servers/py-threads.py'), '{port}'];
/** Takes who comes and answers nothing. */
const LISTEN =
  'import socket,sys; s=socket.create_server(("", int(sys.argv[1]))); held=[s.accept() for _ in range(99)]';
const SILENT = [...SERVER, 'python3', '-c', LISTEN, '{port}'];
const CLIENT = ['client', '--script', zoo('clients/py-menu.yaml'), '--only', 'time', '--'];
const ASKS = [...CLIENT, 'python3', zoo('clients/py-menu.py'), '{host}', '{port}'];

interface Graded {
  readonly grade: Grade;
  readonly code: number | undefined;
}

const verdicts = ({ checks }: Grade): string[] => checks.map(({ id, verdict }) => `${id} ${verdict}`);
const allOf = ({ problems }: Grade): string => problems.map(({ en }) => en).join('\n');

/** Grades, and meanwhile ends by SIGKILL the first `times` processes of the grading that are `victim`. */
async function graded(
  args: readonly string[],
  { victim = /^$/, times = 0, launcher = [] as readonly string[] } = {},
): Promise<Graded> {
  const lab = startChatLab(['grade', args[0] ?? '', '--format', 'json', ...args.slice(1)], {
    launcher,
    timeoutMs: BOUND_MS,
  });
  const hunting = hunt(lab.pid, victim, times);
  const { stdout, stderr, exitCode } = await lab;
  expect(hunting.stop(), stderr).toBe(times);
  return { grade: GRADE.parse(JSON.parse(stdout)), code: exitCode };
}

const TCPDUMP = /^\S*tcpdump /;

describe.skipIf(lacks !== '').concurrent(`grading while the machine fails${lacks}`, () => {
  test.each([
    ['a server’s grading', SERVES, TCPDUMP, 'starts', /^tcpdump .*ended.* \(SIGKILL\)/],
    ['a client’s grading', ASKS, TCPDUMP, 'connects', /^tcpdump .*ended.* \(SIGKILL\)/],
    ['the process that plays the clients', SERVES, /peers\/driver/, 'starts', /clients was ended: SIGKILL/],
    ['the grading process', ASKS, /^\S*node \S*clients\/examiner/, 'connects', /died \(exit code 137\)/],
  ])(
    '%s loses what it needs, twice: an error, and what to do',
    async (_who, args, victim, first, why) => {
      const { grade, code } = await graded(args, { victim, times: 2 });
      const [error, ...others] = grade.checks;
      expect(error).toMatchObject({ id: first, verdict: 'error', because: 'machine' });
      expect(error?.actual.en).toMatch(why);
      // One that ends before it listens is tried by hand; whatever breaks later comes again or does not.
      expect(error?.hint?.en).toMatch(/again|by hand/);
      expect(others.map(({ verdict, because }) => `${verdict} ${because ?? ''}`)).toEqual(
        others.map(() => 'skipped depends'),
      );
      expect(grade.score).toEqual({ points: 0, of: 0 });
      expect(code).toBe(3);
    },
    BOUND_MS,
  );

  test.each([
    ['a server', SERVES, TCPDUMP],
    ['a client', ASKS, TCPDUMP],
  ])(
    'what breaks %s’s grading once (%#) is graded again, and said',
    async (_who, args, victim) => {
      const { grade, code } = await graded(args, { victim, times: 1 });
      expect(new Set(grade.checks.map(({ verdict }) => verdict))).toEqual(new Set(['pass']));
      expect(allOf(grade)).toContain('the grading was broken off: ');
      expect(code).toBe(0);
    },
    BOUND_MS,
  );

  test(
    'our own server dies under the client: an error of that check, tried again',
    async () => {
      const { grade, code } = await graded(ASKS, { victim: /clients\/teacher/, times: 2 });
      expect(verdicts(grade)).toEqual(['connects error', 'time skipped']);
      expect(grade.checks[0]?.actual.en).toContain('our own server did not start: our server died');
      expect(code).toBe(70);
      const { grade: once } = await graded(ASKS, { victim: /clients\/teacher/, times: 1 });
      expect(verdicts(once)).toEqual(['connects pass', 'time pass']);
    },
    BOUND_MS,
  );
});

/** As a container has it: no namespaces, no tcpdump, no bubblewrap; user 1000 without a capability. */
const BARE = [
  ...['unshare', '-U', '--map-user=1000', '--map-group=1000', '--keep-caps', '--', 'sh', '-c'],
  'echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --ambient-caps=-all --inh-caps=-all -- "$@"',
  'sh',
];

describe.skipIf(lacks !== '').concurrent(`grading where no hosts can be made${lacks}`, () => {
  test(
    'a right server passes on the loopback, and the grade says what it had to do without',
    async () => {
      const { grade, code } = await graded(SERVES, { launcher: BARE });
      expect(new Set(grade.checks.map(({ verdict }) => verdict))).toEqual(new Set(['pass']));
      expect(allOf(grade)).toMatch(/loopback, .*user\.max_user_namespaces/);
      expect(allOf(grade)).toMatch(/no packets were captured/);
      expect(allOf(grade)).toMatch(/not enclosed/);
      expect(code).toBe(0);
    },
    BOUND_MS,
  );

  test(
    'what only our calls say is an error, tried again, that says what to do',
    async () => {
      const { grade, code } = await graded(SILENT, { launcher: BARE });
      expect(verdicts(grade)).toEqual(['starts error', 'answers skipped', 'time skipped']);
      const [starts] = grade.checks;
      expect(starts?.because).toBe('machine');
      expect(starts?.actual.en).toMatch(/no greeting came; only our calls say so/);
      expect(starts?.hint?.en).toMatch(/tcpdump.*chat-lab doctor/);
      expect(grade.score).toEqual({ points: 0, of: 0 });
      expect(code).toBe(3);
      // With all three witnesses it is a failure.
      const { grade: whole, code: lost } = await graded(SILENT);
      expect(verdicts(whole)).toEqual(['starts fail', 'answers skipped', 'time skipped']);
      expect(lost).toBe(1);
    },
    BOUND_MS,
  );

  test(
    'a server that ends by itself fails: the kernel says so',
    async () => {
      const { grade, code } = await graded([...SERVER, 'false'], { launcher: BARE });
      expect(verdicts(grade)[0]).toBe('starts fail');
      expect(code).toBe(1);
    },
    BOUND_MS,
  );

  test(
    'two gradings at once do not take each other’s ports',
    async () => {
      const both = await Promise.all([1, 2].map(() => graded(SERVES, { launcher: BARE })));
      for (const { grade } of both) expect(grade.score.points).toBe(grade.score.of);
    },
    BOUND_MS,
  );

  test('without even the tools for a loopback it is an error with the line that mends it', async () => {
    const folder = tempFolder();
    const launcher = ['/usr/bin/env', `PATH=${folder}`];
    const { grade, code } = await graded([...SERVER, '/bin/true'], { launcher });
    expect(grade.checks[0]).toMatchObject({ verdict: 'error', because: 'machine' });
    expect(grade.checks[0]?.hint?.en).toContain('apt-get install');
    expect(code).toBe(3);
  });
});
