/**
 * The process that grades one server, on a stage of its own: builds the world, listens to the wire, starts the server
 * as often as the driver asks, and puts what the wire says beside what the driver tells.
 *
 * Usage: node referee.ts ORDERS-AS-JSON, with an IPC channel.
 */
import { join } from 'node:path';
import { english, KitError, safeText } from '../../bytes/index.ts';
import { text } from '../../check/index.ts';
import {
  createWorld,
  describeEnd,
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
  type Told,
  type Tried,
} from './orders.ts';
import { enclosure } from './enclosed.ts';
import { Limited } from './program-end.ts';
import { endedFromOutside } from './ruling.ts';
import { type Tell, workOnStage } from './stage-worker.ts';
import { readWire, testimony, WIRE_FILE } from './testimony.ts';
import { endWitness, startWitness } from './wire-witness.ts';

/** Small, so that a client that does not read is felt after kilobytes and not after megabytes. */
const BUFFERS = { 'net.ipv4.tcp_rmem': '4096 16384 65536', 'net.ipv4.tcp_wmem': '4096 16384 65536' };
const OUTPUT_KEPT = 4_000;
const CLIENTS = 'the process that plays the clients';
/** As an interactive program would have it, and without waiting for a full buffer (setvbuf(3), Python's -u). */
const UNBUFFERED = { PYTHONUNBUFFERED: '1' };

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
    const { command, cwd, memoryMiB } = this.#orders;
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
      void new Limited(child, memoryMiB).ended.then((end) => {
        driver.send({ tell: 'ended', pid: child.pid, end } satisfies Told);
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

async function referee(orders: RefereeOrders, tell: Tell<Ruling>): Promise<void> {
  // On loopback the kernel's settings are the whole machine's, and stay as they are.
  const world = await createWorld({ hosts: ['server', 'clients'], sysctls: BUFFERS });
  try {
    const course: Course = { done: false, failure: undefined, end: () => undefined };
    const file = join(orders.scratch, WIRE_FILE);
    const { capture, problems } = await startWitness(world.host('clients'), file, (died) => {
      course.failure = died;
      course.end();
    });
    const { launchers, problem } = await enclosure(
      world.host('server'),
      text('the server', '服务器'),
      orders,
    );
    if (problem !== undefined) problems.push(problem);
    const checks = await drive(world, orders, launchers, course, tell);
    await endWitness(capture, (heard, dropped) => {
      const doubtful = checks.filter(({ tries }) => tries.some(({ peer }) => peer !== null));
      // Megabytes, which cost a second to read: only where something rests on them.
      if (doubtful.length === 0) return;
      const wire = readWire(heard, loadProtocol(orders.protocol));
      for (const check of doubtful) Object.assign(check, testimony(wire, check, dropped));
    });
    await tell({ news: 'complete', checks, problems, heard: capture !== undefined });
  } finally {
    await world.close();
  }
}

/** How far it has come, and what has ended it before its time. */
interface Course {
  done: boolean;
  failure: KitError | undefined;
  /** Ends the driver, since nothing more can come of it. */
  end: () => void;
}

/** Plays the part of the referee until the driver is done. */
async function drive(
  world: World,
  orders: RefereeOrders,
  launchers: readonly string[],
  course: Course,
  tell: Tell<Ruling>,
): Promise<Tried[]> {
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
  course.end = () => void driver.kill('SIGKILL');
  if (course.failure !== undefined) course.end();
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
        course.failure ??= new KitError('driver-failed', `${CLIENTS} failed: ${asked.message}`);
        return;
    }
  });
  const end = await driver.ended;
  if (course.failure !== undefined) throw course.failure;
  if (course.done) return checks;
  const why = `${describeEnd(end)} ${driver.errors.text.slice(-600)}`.trim();
  throw new KitError('driver-failed', english(`${CLIENTS} was ended: ${why}`), {
    fault: endedFromOutside(end) ? 'machine' : 'kit',
  });
}

/** Ends what is left in TIME_WAIT of a port, so that the next server can have it. */
async function freePort(host: Host, port: number): Promise<void> {
  await host.exec('ss', ['-K', '-tan', 'state', 'time-wait', 'sport', '=', `:${port}`]);
}

await workOnStage(REFEREE_ORDERS, referee);
