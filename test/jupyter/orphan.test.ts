/**
 * A kernel whose Jupyter is killed (kill -9, nothing can be said any more) ends by itself, with all that its cells opened:
 * worlds with their processes and namespaces, connections, folders.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { probeWorlds } from '../../src/host/index.ts';
import { asNobody, isRoot } from '../helpers/lab.ts';
import { testUnless } from '../helpers/skip.ts';
import { sharedTempFolder } from '../helpers/temp.ts';
import { until } from '../helpers/until.ts';
import { chatLab } from './notebook-rig.ts';

const ability = await probeWorlds();
const noWorlds = ability.kind === 'namespaces' ? undefined : (ability.why ?? 'no namespaces');
const noJupyter = existsSync('/usr/lib/python3/dist-packages/jupyter_client')
  ? undefined
  : 'jupyter_client is not installed (scripts/setup --labs)';
const notRoot = isRoot ? undefined : 'only root can become another user';

const SAID = z.object({ pid: z.number(), error: z.string().nullable(), text: z.string() });
const folder = sharedTempFolder();
const GONE_MS = 60_000;

/** Folders that whoever runs the kernel may write to; a kernelspec whose kernel a shell starts, if `wrapped`. */
async function places(name: string, wrapped = false): Promise<Record<string, string>> {
  const home = join(folder, name);
  const temporary = join(home, 'tmp');
  mkdirSync(temporary, { recursive: true });
  for (const one of [folder, home, temporary]) chmodSync(one, 0o777);
  await chatLab('notebook', 'install', '--prefix', home);
  const spec = join(home, 'share/jupyter/kernels/socket-lab/kernel.json');
  if (wrapped) {
    const { argv, ...rest } = JSON.parse(readFileSync(spec, 'utf8')) as { argv: string[] };
    // The shell waits for the kernel, so that it stays between the two.
    const through = ['/bin/sh', '-c', '"$@"; exit $?', 'sh', ...argv];
    writeFileSync(spec, JSON.stringify({ ...rest, argv: through }));
  }
  return { HOME: home, TMPDIR: temporary, JUPYTER_PATH: join(home, 'share/jupyter') };
}

interface Started {
  readonly kill: () => void;
  /** Of the kernel, or of the shell that started it. */
  readonly pid: number;
  readonly text: string;
}

async function jupyterWith(
  code: string,
  env: Record<string, string>,
  { until: printed = [], launcher = [] }: { until?: string[]; launcher?: readonly string[] } = {},
): Promise<Started> {
  const program = join(import.meta.dirname, 'start_and_wait.py');
  const [file = '', ...args] = [...launcher, '/usr/bin/python3', program, code, ...printed];
  const jupyter = execa(file, args, { env, reject: false, stdin: 'ignore' });
  onTestFinished(() => {
    jupyter.kill('SIGKILL');
  });
  let said = '';
  jupyter.stdout.on('data', (text: Buffer) => (said += text.toString()));
  const ended = jupyter.then(({ stderr }) => {
    if (!said.includes('\n')) throw new Error(`it ended before it said anything: ${stderr}`);
  });
  await Promise.race([ended, until('the cell has run', () => said.includes('\n'), 120_000)]);
  const { pid, error, text } = SAID.parse(JSON.parse(said));
  expect(error).toBe(null);
  // Whatever the assertions say, nothing is left behind.
  onTestFinished(() => {
    if (lives(pid)) process.kill(pid, 'SIGKILL');
  });
  return { kill: () => void jupyter.kill('SIGKILL'), pid, text };
}

const lives = (pid: number): boolean => existsSync(`/proc/${pid}`);

/** Processes of a network namespace, wherever they are. */
function inNamespace(namespace: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/ns/net`) === namespace;
    } catch {
      // It has ended between the two looks.
      return false;
    }
  });
}

const WORLD = `
  const w = await world();
  await w.server.spawn('sleep', '600');
  const where = {};
  for (const host of w.hosts) where[host.name] = (await host.run('readlink', '/proc/self/ns/net')).trim();
  console.log(JSON.stringify(where));`;

for (const [who, launcher, reason] of [
  ['whoever runs the tests', [], undefined],
  ['an ordinary user', asNobody, notRoot],
] as const) {
  testUnless(
    noJupyter ?? noWorlds ?? reason,
    `Jupyter of ${who} is killed: the kernel ends, and the world of its cell with it`,
    async () => {
      const env = await places(launcher.length === 0 ? 'root' : 'nobody');
      const { kill, pid, text } = await jupyterWith(WORLD, env, { launcher });
      const namespaces = Object.values(z.record(z.string(), z.string()).parse(JSON.parse(text)));
      expect(namespaces).toHaveLength(2);
      for (const one of namespaces) expect(inNamespace(one)).not.toEqual([]);
      const temporary = env['TMPDIR'] ?? '';
      expect(readdirSync(temporary)).not.toEqual([]);
      kill();
      await until('the kernel is gone', () => !lives(pid), GONE_MS);
      for (const one of namespaces)
        await until(`nobody is in ${one}`, () => inNamespace(one).length === 0, GONE_MS);
      expect(readdirSync(temporary).filter((name) => name.startsWith('notebook-'))).toEqual([]);
    },
    200_000,
  );
}

testUnless(
  noJupyter,
  'Jupyter is killed while a cell spins, a shell between the two: the kernel and its connections end',
  async () => {
    const server = createServer();
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const code = `
      const { connect } = await import('node:net');
      const socket = connect(${port}, '127.0.0.1');
      await new Promise((resolve) => socket.once('connect', resolve));
      console.log('begun');
      for (;;);`;
    const { kill, pid } = await jupyterWith(code, await places('busy', true), {
      until: ['begun'],
    });
    const socket = await accepted;
    let over = false;
    socket.on('close', () => (over = true));
    // A reset would be as good.
    socket.on('error', () => (over = true));
    socket.resume();
    expect(lives(pid)).toBe(true);
    expect(over).toBe(false);
    kill();
    await until('the connection is over', () => over, GONE_MS);
    await until('the shell, which waits for the kernel, is gone', () => !lives(pid), GONE_MS);
  },
  200_000,
);
