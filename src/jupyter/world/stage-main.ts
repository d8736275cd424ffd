/**
 * The program on a stage that holds one world of a notebook: hosts, cables, captures, the processes on them. It lives
 * as long as the kernel's world, and everything here ends with it.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KitError, text } from '../../bytes/index.ts';
import {
  type Capture,
  createWorld,
  describeEnd,
  type DropRule,
  type DropSpec,
  type HostProcess,
  Sampler,
  type SocketChange,
  type World,
  type WorldPlan,
} from '../../host/index.ts';
import { Caller, serveParent } from './rpc.ts';

let made: World | undefined;
const seats = new Map<string, Promise<Caller>>();
const children = new Map<number, HostProcess>();
const rules = new Map<number, DropRule>();
let capturing:
  { captures: Map<string, Capture>; sampler: Sampler; changes: SocketChange[]; fromMs: number } | undefined;
let last = 0;

function world(): World {
  if (made === undefined) throw new KitError('no-world', 'the world is not built yet');
  return made;
}

const programPath = (path: string): string =>
  fileURLToPath(new URL(`${path}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));

function seat(host: string): Promise<Caller> {
  const known = seats.get(host);
  if (known !== undefined) return known;
  const start = async (): Promise<Caller> => {
    const child = world()
      .host(host)
      .spawn(process.execPath, [programPath('./seat-main')], { ipc: true });
    const caller = new Caller(child, `the program on ${host}`);
    await caller.ready;
    return caller;
  };
  const started = start();
  seats.set(host, started);
  return started;
}

function child(id: number): HostProcess {
  const found = children.get(id);
  if (found === undefined)
    throw new KitError('no-process', text('there is no such process', '没有这个进程'), { fault: 'usage' });
  return found;
}

function keep(process: HostProcess): { id: number; pid: number } {
  const id = ++last;
  children.set(id, process);
  return { id, pid: process.pid };
}

serveParent({
  build: async (plan: WorldPlan) => {
    made = await createWorld(plan);
    return {
      kind: made.kind,
      hosts: made.hosts.map(({ name, address }) => ({ name, address })),
    };
  },
  seat: async (host: string, method: string, args: readonly unknown[]) =>
    (await seat(host)).call(method, ...args),
  // Its process is stopped, not asked: whatever it could do, it does not.
  signalSeat: async (host: string, signal: NodeJS.Signals) => (await seat(host)).process.kill(signal),
  plug: (host: string) => world().cable(host).plug(),
  unplug: (host: string) => world().cable(host).unplug(),
  isPlugged: (host: string) => world().cable(host).isPlugged(),
  drop: async (spec: DropSpec) => {
    const id = ++last;
    rules.set(id, await world().drop(spec));
    return id;
  },
  undrop: async (id: number) => {
    await rules.get(id)?.remove();
    rules.delete(id);
  },
  sockets: () => world().hosts.map((host) => ({ host: host.name, rows: host.readSockets() })),
  listeners: (host: string) => world().host(host).readListeners(),
  setSysctls: (host: string, values: Record<string, string | number>) =>
    world().host(host).setSysctls(values),
  exec: (host: string, command: readonly string[], input: string | undefined) => {
    const [file = '', ...args] = command;
    return world()
      .host(host)
      .exec(file, args, input === undefined ? {} : { input });
  },
  spawn: (host: string, command: readonly string[]) => {
    const [file = '', ...args] = command;
    return keep(world().host(host).spawn(file, args, { stdin: 'pipe' }));
  },
  chatd: async (host: string, args: readonly string[]) => {
    const { address } = world().host(host);
    const program = [programPath('../../bin/chatd'), 'run', '--host', address, '--unlisted', ...args];
    const started = world().host(host).spawn(process.execPath, program, {});
    try {
      await started.untilOutput(/"event":"listening"/, { stream: 'stderr', boundMs: 60_000 });
    } catch (cause) {
      throw new KitError(
        'server-failed',
        text(
          `chatd did not start: ${started.errors.text.trim()}`,
          `chatd 没有启动：${started.errors.text.trim()}`,
        ),
        {
          fault: 'machine',
          cause,
        },
      );
    }
    return keep(started);
  },
  write: (id: number, text: string | undefined) => {
    const { stdin } = child(id);
    if (text === undefined) stdin?.end();
    else stdin?.write(text);
  },
  output: (id: number) => ({ stdout: child(id).output.text, stderr: child(id).errors.text }),
  kill: (id: number, signal: NodeJS.Signals) => child(id).kill(signal),
  ended: async (id: number) => describeEnd(await child(id).ended),
  startCapture: async (folder: string, filter: string) => {
    if (capturing)
      throw new KitError('capturing', text('a capture of this world is running', '这个 world 正在抓包'), {
        fault: 'usage',
      });
    const captures = new Map<string, Capture>();
    await Promise.all(
      world().hosts.map(async (host) => {
        captures.set(host.name, await host.capture({ file: join(folder, `${host.name}.pcap`), filter }));
      }),
    );
    const changes: SocketChange[] = [];
    const sampler = new Sampler({
      hosts: world().hosts.map((host) => ({ name: host.name, readSockets: () => host.readSockets() })),
      onSample: (record) => {
        if (record.kind === 'change') changes.push(record);
      },
    });
    capturing = { captures, sampler, changes, fromMs: Date.now() };
  },
  stopCapture: async () => {
    const running = capturing;
    if (!running) throw new KitError('not-capturing', 'no capture runs');
    capturing = undefined;
    const between = { fromMs: running.fromMs, toMs: Date.now() };
    const stats = running.sampler.stop();
    const files = await Promise.all(
      [...running.captures].map(async ([host, capture]) => ({
        host,
        file: capture.file,
        ...(await capture.stop()),
      })),
    );
    const changes = running.changes.map((change) => ({
      ...change,
      notBeforeUs: Number.isFinite(change.notBeforeUs) ? change.notBeforeUs : null,
    }));
    return { files, changes, between, looks: stats.looks };
  },
});
