/**
 * The process that grades one server, on a stage of its own: builds the world, listens to the wire, starts the server
 * as often as the driver asks, and puts what the wire says beside what the driver tells.
 *
 * Usage: node referee.ts ORDERS-AS-JSON, with an IPC channel.
 */
import { constants } from 'node:os';
import { join } from 'node:path';
import { KitError, safeText } from '../../bytes/index.ts';
import { text, type Text } from '../../check/index.ts';
import {
  createWorld,
  describeEnd,
  ENCLOSURE_PROGRAMS,
  enclosureLaunchers,
  findProgram,
  needProgram,
  type Host,
  type HostProcess,
  type World,
} from '../../host/index.ts';
import { programPath } from '../../lab/index.ts';
import { loadProtocol } from '../../wire/index.ts';
import {
  ASKED,
  type DriverOrders,
  REFEREE_ORDERS,
  type RefereeOrders,
  type Ruling,
  type ServerEnd,
  type Told,
  type Tried,
} from './orders.ts';
import { readWire, testimony, WIRE_FILE } from './testimony.ts';
import { endWitness, startWitness } from './wire-witness.ts';

/** Small, so that a client that does not read is felt after kilobytes and not after megabytes. */
const BUFFERS = { 'net.ipv4.tcp_rmem': '4096 16384 65536', 'net.ipv4.tcp_wmem': '4096 16384 65536' };
const OUTPUT_KEPT = 4_000;
/** As an interactive program would have it, and without waiting for a full buffer (setvbuf(3), Python's -u). */
const UNBUFFERED = { PYTHONUNBUFFERED: '1' };

function tell(news: Ruling): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(news, () => resolve());
  });
}

/** Shells and sandboxes say 128 + n of a child that signal n ended. */
function endOf(code: number | undefined, signal: string | undefined): ServerEnd {
  const byCode = DEADLY.find((name) => code === 128 + constants.signals[name]);
  return signal === undefined && byCode === undefined
    ? { code: code ?? null, signal: null }
    : { code: null, signal: signal ?? byCode ?? null };
}
const DEADLY = ['SIGPIPE', 'SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGKILL', 'SIGTERM'] as const;

/** Starts the server under test and keeps its words. */
class Servers {
  readonly #host: Host;
  readonly #orders: RefereeOrders;
  readonly #launchers: readonly string[];
  readonly #running = new Map<number, HostProcess>();

  constructor(host: Host, orders: RefereeOrders, launchers: readonly string[]) {
    this.#host = host;
    this.#orders = orders;
    this.#launchers = launchers;
  }

  start(port: number, driver: HostProcess): { pid: number; problem: string | null } {
    const { command, cwd } = this.#orders;
    const put = (word: string): string =>
      word.replaceAll('{port}', String(port)).replaceAll('{host}', this.#host.address);
    const [program = '', ...args] = [...this.#launchers, ...command.map(put)];
    try {
      // Inside an enclosure its absence would be told in the words of bwrap.
      needProgram(put(command[0] ?? ''));
      const child = this.#host.spawn(program, args, {
        cwd,
        env: { ...UNBUFFERED, PORT: String(port), HOST: this.#host.address },
        captureBytes: 64 * 1024,
      });
      this.#running.set(child.pid, child);
      void child.ended.then(({ code, signal }) => {
        driver.send({ tell: 'ended', pid: child.pid, end: endOf(code, signal) } satisfies Told);
      });
      return { pid: child.pid, problem: null };
    } catch (error) {
      if (!(error instanceof KitError)) throw error;
      return { pid: 0, problem: error.message };
    }
  }

  async end(pid: number): Promise<string> {
    const child = this.#running.get(pid);
    if (child === undefined) return '';
    child.kill('SIGKILL');
    await child.ended;
    const said = [child.output.text, child.errors.text].filter((words) => words.trim() !== '').join('\n');
    return said
      .slice(-OUTPUT_KEPT)
      .split('\n')
      .map((line) => safeText(line))
      .join('\n');
  }
}

async function referee(orders: RefereeOrders): Promise<void> {
  const world = await createWorld({ hosts: ['server', 'clients'], sysctls: BUFFERS }).catch(
    (error: unknown) => {
      if (error instanceof KitError && error.code === 'needs-namespaces')
        return createWorld({ hosts: ['server', 'clients'] });
      throw error;
    },
  );
  try {
    const { capture, problems } = await startWitness(world.host('clients'), join(orders.scratch, WIRE_FILE));
    const { launchers, problem } = await enclosure(world.host('server'), orders);
    if (problem !== undefined) problems.push(problem);
    const checks = await drive(world, orders, launchers);
    problems.push(
      ...(await endWitness(capture, (file, dropped) => {
        const doubtful = checks.filter(({ tries }) => tries.some(({ peer }) => peer !== null));
        // Megabytes, which cost a second to read: only where something rests on them.
        if (doubtful.length === 0) return;
        const wire = readWire(file, loadProtocol(orders.protocol));
        for (const check of doubtful) Object.assign(check, testimony(wire, check, dropped));
      })),
    );
    await tell({ news: 'complete', checks, problems });
  } finally {
    await world.close();
  }
}

/** What goes in front of the server's command. It is tried first: what this machine forbids is no fault of the server. */
async function enclosure(
  host: Host,
  { enclosed, command, cwd }: RefereeOrders,
): Promise<{ launchers: readonly string[]; problem?: Text }> {
  if (!enclosed) return { launchers: [] };
  const missing = ENCLOSURE_PROGRAMS.find((program) => findProgram(program) === undefined);
  const launchers = enclosureLaunchers({ cwd, command });
  const [program = '', ...args] = launchers;
  const tried = missing === undefined ? await host.exec(program, [...args, 'true'], { cwd }) : undefined;
  if (tried?.code === 0) return { launchers };
  const why =
    tried === undefined ? `no ${missing ?? ''}` : safeText(tried.stderr.trim().split('\n').at(-1) ?? '');
  const problem = text(
    `the server was not enclosed and could change this machine: ${why}`,
    `服务器没有被隔离，可以改动本机：${why}`,
  );
  return { launchers: [], problem };
}

/** Plays the part of the referee until the driver is done. */
async function drive(world: World, orders: RefereeOrders, launchers: readonly string[]): Promise<Tried[]> {
  const server = world.host('server');
  const told: DriverOrders = {
    protocol: orders.protocol,
    seed: orders.seed,
    address: server.address,
    fixedPort: orders.fixedPort,
    only: orders.only,
  };
  const program = [programPath('driver', import.meta.url), JSON.stringify(told)];
  const driver = world.host('clients').spawn(process.execPath, program, { ipc: true });
  const servers = new Servers(server, orders, launchers);
  const checks: Tried[] = [];
  const course: { done: boolean; failure?: string } = { done: false };
  driver.onMessage((message) => {
    const asked = ASKED.parse(message);
    const { number } = asked;
    switch (asked.ask) {
      case 'start':
        void (async () => {
          // A port that cannot be changed is still in TIME_WAIT from the server before; for a restart it must be.
          if (orders.fixedPort !== null && !asked.again) await freePort(server, orders.fixedPort);
          driver.send({ tell: 'started', number, ...servers.start(asked.port, driver) } satisfies Told);
        })();
        return;
      case 'end':
        void servers
          .end(asked.pid)
          .then((output) => driver.send({ tell: 'output', number, output } satisfies Told));
        return;
      case 'tried': {
        checks.push({
          tries: asked.tries,
          unstable: asked.unstable,
          frames: [],
          wire: null,
          ladder: null,
          contradiction: null,
        });
        const last = asked.tries.at(-1);
        if (last !== undefined) void tell({ news: 'progress', id: last.id, verdict: last.verdict });
        driver.send({ tell: 'noted', number } satisfies Told);
        return;
      }
      case 'done':
        course.done = true;
        driver.send({ tell: 'noted', number } satisfies Told);
        return;
      case 'failed':
        course.failure = asked.message;
        return;
    }
  });
  const end = await driver.ended;
  if (!course.done) {
    const why = course.failure ?? `${describeEnd(end)} ${driver.errors.text.slice(-600)}`;
    throw new KitError('driver-failed', `the process that plays the clients failed: ${why}`);
  }
  return checks;
}

/** Ends what is left in TIME_WAIT of a port, so that the next server can have it. */
async function freePort(host: Host, port: number): Promise<void> {
  await host.exec('ss', ['-K', '-tan', 'state', 'time-wait', 'sport', '=', `:${port}`]);
}

const orders = REFEREE_ORDERS.parse(JSON.parse(process.argv[2] ?? ''));
try {
  await referee(orders);
} catch (error) {
  const known = error instanceof KitError ? error : undefined;
  await tell({
    news: 'failed',
    code: known?.code ?? 'internal',
    fault: known?.fault ?? 'kit',
    message: known?.message ?? (error instanceof Error ? (error.stack ?? error.message) : String(error)),
    hint: known?.hint ?? null,
  });
}
process.disconnect?.();
