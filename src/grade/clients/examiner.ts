/**
 * The process that grades one client, on a stage of its own: for each check a server on one host, the client on the
 * other, and the script between them.
 *
 * Usage: node examiner.ts ORDERS-AS-JSON, with an IPC channel.
 */
import { dirname, join } from 'node:path';
import { KitError } from '../../bytes/index.ts';
import { type Because, text, type Text } from '../../check/index.ts';
import { type Capture, createWorld, type HostProcess, type World } from '../../host/index.ts';
import { programPath } from '../../lab/index.ts';
import { loadProtocol, type Protocol } from '../../wire/index.ts';
import { enclosure } from '../peers/enclosed.ts';
import { sleep } from '../peers/patience.ts';
import { type Tell, workOnStage } from '../peers/stage-worker.ts';
import { readWire } from '../peers/testimony.ts';
import { Broken, concluded, hitchOf, notTried, untilSure } from '../peers/tries.ts';
import { endWitness, startWitness } from '../peers/wire-witness.ts';
import { CLIENT_CHECKS, type ClientCheck, clientFoundations } from './checks.ts';
import { Lesson, Missed, NotHere, TeacherLog } from './lesson.ts';
import {
  CLIENT_ORDERS,
  type ClientOrders,
  type ClientRuling,
  type ClientTried,
  type ClientTry,
  SAID,
  type TeacherOrders,
} from './orders.ts';
import { Pupil } from './pupil.ts';
import { filled, type Values } from './script.ts';
import { clientTestimony } from './testimony.ts';

const TEACHER_BOUND_MS = 30_000;
const COUNT_BOUND_MS = 10_000;
/** Nothing is kept in a buffer, as on a terminal; the server's time is shown in UTC. */
const ENVIRONMENT = { PYTHONUNBUFFERED: '1', TZ: 'UTC' };
const UNBUFFERED = ['stdbuf', '-o0'];

class Examiner {
  readonly #orders: ClientOrders;
  readonly #world: World;
  readonly #protocol: Protocol;
  readonly #launchers: readonly string[];
  readonly #capture: Capture | undefined;
  readonly #works = new Set<string>();

  constructor(
    orders: ClientOrders,
    world: World,
    launchers: readonly string[],
    capture: Capture | undefined,
  ) {
    this.#orders = orders;
    this.#world = world;
    this.#launchers = launchers;
    this.#capture = capture;
    this.#protocol = loadProtocol(orders.protocol);
  }

  async all(tell: Tell<ClientRuling>): Promise<ClientTried[]> {
    const checks: ClientTried[] = [];
    const broken = new Broken();
    const { only, seed } = this.#orders;
    const wanted = only === null ? undefined : new Set(only.flatMap((id) => [...clientFoundations(id)]));
    for (const check of CLIENT_CHECKS) {
      if (wanted?.has(check.id) === false) continue;
      // What the protocol or the script has no words for keeps nothing else from being tried, and costs nothing.
      const lack = check.lacks?.({ protocol: this.#protocol, script: this.#orders.script });
      const lacking = broken.under(check.dependsOn);
      const tries =
        lack !== undefined
          ? [untried(check, seed, 'does-not-apply', lack)]
          : lacking.length > 0
            ? [untried(check, seed, 'depends', notTried(lacking))]
            : await untilSure(seed, (next) => {
                if (this.#capture?.failure !== undefined) throw this.#capture.failure;
                return this.#try(check, next);
              });
      const { verdict, unstable } = concluded(tries);
      if (lack !== undefined) broken.add(check.id, lacking);
      else if (lacking.length > 0 || verdict === 'fail' || verdict === 'error') broken.add(check.id);
      if (verdict === 'pass') this.#works.add(check.id);
      checks.push({
        tries,
        unstable,
        wire: null,
        frames: [],
        ladder: null,
        bytes: null,
        contradiction: null,
      });
      await tell({ news: 'progress', id: check.id, verdict });
    }
    return checks;
  }

  async #try(check: ClientCheck, seed: number): Promise<ClientTry> {
    const nothing = { held: null, symptom: null, output: '', seen: null };
    const base = { id: check.id, seed, steps: [], expected: check.title, ...nothing };
    const log = new TeacherLog();
    let taught: { teacher: HostProcess; values: Values } | undefined;
    let pupil: Pupil | undefined;
    let lesson: Lesson | undefined;
    try {
      taught = await this.#teacher(check, seed, log);
      const { teacher, values } = taught;
      pupil = this.#pupil(values);
      const hangUp = (): void => void teacher.send('close');
      const { script } = this.#orders;
      const works = this.#works;
      lesson = new Lesson({ protocol: this.#protocol, script, values, pupil, log, works, hangUp });
      await check.play(lesson);
      return { ...base, verdict: 'pass', steps: lesson.steps, actual: text('as it should be', '符合预期') };
    } catch (error) {
      const steps = lesson?.steps ?? [];
      if (error instanceof NotHere)
        return {
          ...{ ...base, verdict: 'skipped', steps, actual: error.reason },
          held: { because: 'does-not-apply', hint: null },
        };
      const failed = (cause: unknown): ClientTry => {
        const { actual, ...held } = hitchOf(cause);
        return { ...base, verdict: 'error', steps, actual, held };
      };
      if (!(error instanceof Missed) || pupil === undefined || taught === undefined) return failed(error);
      const { teacher, values } = taught;
      const { expected, actual, symptom } = error;
      const shown = { ...base, verdict: 'fail' as const, steps, expected, actual, symptom };
      try {
        return { ...shown, seen: await this.#seen(teacher, pupil, values, log), output: pupil.said };
      } catch (cause) {
        return failed(cause);
      }
    } finally {
      await pupil?.stop();
      taught?.teacher.kill('SIGKILL');
      await taught?.teacher.ended;
    }
  }

  /** What the calls and the kernel say of a failure, before anything is ended. */
  async #seen(
    teacher: HostProcess,
    pupil: Pupil,
    values: Values,
    log: TeacherLog,
  ): Promise<ClientTry['seen']> {
    const atMs = Date.now();
    const { facts } = pupil;
    teacher.send('count');
    const deadline = performance.now() + COUNT_BOUND_MS;
    while (log.calls === undefined && log.failure === undefined && performance.now() < deadline)
      await sleep(5);
    if (log.calls === undefined)
      throw new KitError(
        'teacher-failed',
        `our own server does not answer: ${log.failure ?? 'it says nothing'}`,
      );
    return { serverPort: Number(values.port), calls: log.calls, facts, atMs };
  }

  async #teacher(
    { conduct }: ClientCheck,
    seed: number,
    log: TeacherLog,
  ): Promise<{ teacher: HostProcess; values: Values }> {
    const host = this.#world.host('server');
    const { protocol, port: wanted } = this.#orders;
    const orders: TeacherOrders = { protocol, seed, address: host.address, conduct, port: wanted };
    const program = [programPath('teacher', import.meta.url), JSON.stringify(orders)];
    // It is started for each try of each check: most of that would be loading its modules.
    const env = { NODE_COMPILE_CACHE: join(dirname(this.#orders.capture), 'modules') };
    const teacher = host.spawn(process.execPath, program, { ipc: true, env });
    const values = await new Promise<Values | undefined>((resolve) => {
      teacher.onMessage((message) => {
        const said = SAID.parse(message);
        log.note(said);
        if (said.said === 'failed') resolve(undefined);
        if (said.said !== 'listening') return;
        const { port, time, name, peer, peerPort } = said;
        resolve({ host: host.address, port: String(port), time, name, peer, 'peer-port': peerPort });
      });
      void teacher.ended.then(() => {
        log.failure ??= `our server died: ${teacher.errors.text.slice(-600)}`;
        resolve(undefined);
      });
      setTimeout(() => resolve(undefined), TEACHER_BOUND_MS).unref();
    });
    if (values !== undefined) return { teacher, values };
    teacher.kill('SIGKILL');
    throw new KitError('teacher-failed', `our own server did not start: ${log.failure ?? 'it says nothing'}`);
  }

  #pupil(values: Values): Pupil {
    const { command, cwd, memoryMiB } = this.#orders;
    const words = command.map((word) => filled(word, values));
    const [program = '', ...args] = [...this.#launchers, ...UNBUFFERED, ...words];
    const child = this.#world.host('client').spawn(program, args, {
      cwd,
      env: { ...ENVIRONMENT, HOST: values.host, PORT: values.port },
      stdin: 'pipe',
      stdout: 'stream',
      stderr: 'stream',
    });
    return new Pupil(child, Number(values.port), memoryMiB);
  }
}

function untried(
  check: ClientCheck,
  seed: number,
  because: Extract<Because, 'depends' | 'does-not-apply'>,
  actual: Text,
): ClientTry {
  return {
    id: check.id,
    seed,
    verdict: 'skipped',
    steps: [],
    expected: check.title,
    actual,
    held: { because, hint: null },
    symptom: null,
    output: '',
    seen: null,
  };
}

/** Puts beside each failure what the wire says of it. */
function testify(file: string, dropped: number, orders: ClientOrders, checks: readonly ClientTried[]): void {
  const protocol = loadProtocol(orders.protocol);
  const failed = checks.filter(({ tries }) => tries.some(({ verdict }) => verdict === 'fail'));
  if (failed.length === 0) return;
  const wire = readWire(file, protocol);
  for (const check of failed) Object.assign(check, clientTestimony(wire, check.tries, protocol, dropped));
}

async function examine(orders: ClientOrders, tell: Tell<ClientRuling>): Promise<void> {
  const world = await createWorld({ hosts: ['server', 'client'] });
  try {
    // A capture that has died is seen before the next try, and when it is stopped.
    const { capture, problems } = await startWitness(world.host('server'), orders.capture, () => undefined);
    const who = text('the client', '客户端');
    const { launchers, problem } = await enclosure(world.host('client'), who, orders);
    if (problem !== undefined) problems.push(problem);
    const checks = await new Examiner(orders, world, launchers, capture).all(tell);
    await endWitness(capture, (file, dropped) => testify(file, dropped, orders, checks));
    await tell({ news: 'complete', checks, problems, heard: capture !== undefined });
  } finally {
    await world.close();
  }
}

await workOnStage(CLIENT_ORDERS, examine);
