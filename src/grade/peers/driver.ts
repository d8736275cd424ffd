/**
 * The process on the clients' host: plays the checks against a server that the referee starts for each of them anew,
 * and repeats what failed under another seed before it counts.
 *
 * Usage: node driver.ts ORDERS-AS-JSON, with an IPC channel.
 */
import { KitError } from '../../bytes/index.ts';
import { type Because, same, text, type Text } from '../../check/index.ts';
import { loadProtocol, type Protocol } from '../../wire/index.ts';
import type { Question } from './peer.ts';
import { foundations, SERVER_CHECKS, type ServerCheck } from './checks/index.ts';
import { type Asked, DRIVER_ORDERS, type DriverOrders, TOLD, type Told, type Try } from './orders.ts';
import { Random } from './random.ts';
import { listens } from './listening.ts';
import { bytesOf, ended, Failure } from './failure.ts';
import { Rig } from './rig.ts';
import { Broken, concluded, hitchOf, notTried, untilSure } from './tries.ts';
import { Watched } from './watched.ts';

/**
 * Ports for one server after the other, below the ones that the kernel gives to clients. On a loopback that is shared
 * with the rest of the machine, other gradings included, each begins elsewhere and takes what is free.
 */
const FIRST_PORT = 20_000 + (process.pid % 1_000) * 10;

const NOTHING_WRONG = {
  held: null,
  symptom: null,
  facts: null,
  peer: null,
  atMs: null,
  bytes: null,
  output: '',
} as const;

type Ask = Asked extends infer A ? (A extends unknown ? Omit<A, 'number'> : never) : never;

/** Questions to the referee, each with its answer. */
class Referee {
  readonly #waiting = new Map<number, (told: Told) => void>();
  readonly #servers = new Map<number, Watched>();
  #number = 0;

  constructor() {
    process.on('message', (message) => {
      const told = TOLD.parse(message);
      if (told.tell === 'ended') {
        const server = this.#servers.get(told.pid);
        if (server !== undefined) server.end = told.end;
        return;
      }
      this.#waiting.get(told.number)?.(told);
      this.#waiting.delete(told.number);
    });
    process.on('disconnect', () => process.exit(9));
  }

  watch(server: Watched): void {
    this.#servers.set(server.pid, server);
  }

  ask(asked: Ask): Promise<Told> {
    const number = ++this.#number;
    return new Promise((resolve) => {
      this.#waiting.set(number, resolve);
      process.send?.({ ...asked, number });
    });
  }
}

class Trials {
  readonly #orders: DriverOrders;
  readonly #protocol: Protocol;
  readonly #referee = new Referee();
  /** Plain questions that it answers. */
  readonly #known = new Set<Question>();
  #port = FIRST_PORT;

  constructor(orders: DriverOrders) {
    this.#orders = orders;
    this.#protocol = loadProtocol(orders.protocol);
  }

  async all(): Promise<void> {
    const broken = new Broken();
    const { only, seed } = this.#orders;
    const wanted = only === null ? undefined : new Set(only.flatMap((id) => [...foundations(id)]));
    for (const check of SERVER_CHECKS) {
      if (wanted?.has(check.id) === false) continue;
      // What the protocol cannot express keeps nothing else from being tried, and costs nothing, whatever else failed.
      const lack = check.lacks?.(this.#protocol);
      const blocked = broken.under(check.dependsOn);
      const tries =
        lack !== undefined
          ? [untried(check, seed, 'does-not-apply', lack)]
          : blocked.length > 0
            ? [untried(check, seed, 'depends', notTried(blocked))]
            : await untilSure(seed, (next) => this.#try(check, next));
      const { verdict, unstable } = concluded(tries);
      if (lack !== undefined) broken.add(check.id, blocked);
      else if (blocked.length > 0 || ((verdict === 'fail' || verdict === 'error') && !unstable))
        broken.add(check.id);
      await this.#referee.ask({ ask: 'tried', tries, unstable });
    }
    await this.#referee.ask({ ask: 'done' });
  }

  async #try(check: ServerCheck, seed: number): Promise<Try> {
    const base = { id: check.id, seed, ...NOTHING_WRONG };
    let rig: Rig | undefined;
    let server: Watched | undefined;
    try {
      server = await this.#start(this.#orders.fixedPort ?? this.#freePort());
      const again = async (before: Watched): Promise<Watched> => {
        server = await this.#start(before.port, true);
        return server;
      };
      rig = new Rig(this.#protocol, this.#orders.address, new Random(seed), server, again, this.#known);
      await check.play(rig);
      const all = text('as it should be', '符合预期');
      return { ...base, verdict: 'pass', steps: rig.steps, expected: check.title, actual: all };
    } catch (error) {
      const steps = rig?.steps ?? [];
      if (!(error instanceof Failure)) {
        const { actual, ...held } = hitchOf(error);
        return { ...base, verdict: 'error', steps, expected: check.title, actual, held };
      }
      const seen = server ?? unstarted(error);
      return {
        ...base,
        verdict: 'fail',
        steps,
        expected: error.expected,
        actual: error.actual,
        symptom: error.symptom,
        facts: error.facts ?? seen?.facts(error.peer?.clientPort) ?? null,
        peer: error.peer?.facts ?? null,
        atMs: error.atMs,
        bytes: bytesOf(error) ?? null,
        output: seen === undefined ? '' : await this.#end(seen),
      };
    } finally {
      rig?.over();
      if (server !== undefined) await this.#end(server);
    }
  }

  #freePort(): number {
    while (new Watched(process.pid, this.#port).listening()) this.#port++;
    return this.#port++;
  }

  /** Resolves when the server listens. */
  async #start(port: number, again = false): Promise<Watched> {
    const told = await this.#referee.ask({ ask: 'start', port, again });
    if (told.tell !== 'started') throw new KitError('internal', `asked to start, told ${told.tell}`);
    const expected = text(`it listens on port ${port}`, `在端口 ${port} 上监听`);
    if (told.problem !== null) throw new Failure(expected, same(told.problem), { is: 'not-listening' });
    const server = new Watched(told.pid, port);
    this.#referee.watch(server);
    if (await listens(server, () => server.end !== undefined)) return server;
    const actual =
      server.end === undefined ? text('nothing listens there', '该端口无人监听') : ended(server.end);
    throw new NotListening(expected, actual, server);
  }

  async #end(server: Watched): Promise<string> {
    server.signal('SIGKILL');
    const told = await this.#referee.ask({ ask: 'end', pid: server.pid });
    return told.tell === 'output' ? told.output : '';
  }
}

class NotListening extends Failure {
  readonly server: Watched;

  constructor(expected: Failure['expected'], actual: Failure['actual'], server: Watched) {
    super(expected, actual, { is: 'not-listening' });
    this.server = server;
  }
}

const unstarted = (failure: Failure): Watched | undefined =>
  failure instanceof NotListening ? failure.server : undefined;

function untried(
  check: ServerCheck,
  seed: number,
  because: Extract<Because, 'depends' | 'does-not-apply'>,
  actual: Text,
): Try {
  return {
    id: check.id,
    seed,
    verdict: 'skipped',
    steps: [],
    expected: check.title,
    actual,
    ...NOTHING_WRONG,
    held: { because, hint: null },
  };
}

const trials = new Trials(DRIVER_ORDERS.parse(JSON.parse(process.argv[2] ?? '')));
try {
  await trials.all();
  process.disconnect?.();
} catch (error) {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.send?.({ ask: 'failed', number: 0, message } satisfies Asked, () => process.exit(1));
}
