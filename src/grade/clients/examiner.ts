/**
 * The process that grades one client, on a stage of its own: for each check a server on one host, the client on the
 * other, and the script between them.
 *
 * Usage: node examiner.ts ORDERS-AS-JSON, with an IPC channel.
 */
import { KitError } from '../../bytes/index.ts';
import { same, text } from '../../check/index.ts';
import { createWorld, type HostProcess, type World } from '../../host/index.ts';
import { programPath } from '../../lab/index.ts';
import { loadProtocol, type Protocol } from '../../wire/index.ts';
import { NotHere, sleep } from '../peers/rig.ts';
import { readWire } from '../peers/testimony.ts';
import { endWitness, startWitness } from '../peers/wire-witness.ts';
import { CLIENT_CHECKS, type ClientCheck, clientFoundations } from './checks.ts';
import { Lesson, Missed, TeacherLog } from './lesson.ts';
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

const NEXT_SEED = 7919;
const TEACHER_BOUND_MS = 30_000;
const COUNT_BOUND_MS = 10_000;
/** Nothing is kept in a buffer, as on a terminal; the server's time is shown in UTC. */
const ENVIRONMENT = { PYTHONUNBUFFERED: '1', TZ: 'UTC' };
const UNBUFFERED = ['stdbuf', '-o0'];

function tell(news: ClientRuling): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(news, () => resolve());
  });
}

class Examiner {
  readonly #orders: ClientOrders;
  readonly #world: World;
  readonly #protocol: Protocol;
  readonly #works = new Set<string>();

  constructor(orders: ClientOrders, world: World) {
    this.#orders = orders;
    this.#world = world;
    this.#protocol = loadProtocol(orders.protocol);
  }

  async all(): Promise<ClientTried[]> {
    const checks: ClientTried[] = [];
    const verdicts = new Map<string, ClientTry['verdict']>();
    const { only, seed } = this.#orders;
    const wanted = only === null ? undefined : new Set(only.flatMap((id) => [...clientFoundations(id)]));
    for (const check of CLIENT_CHECKS) {
      if (wanted?.has(check.id) === false) continue;
      const lacking = check.dependsOn.filter((id) => verdicts.get(id) !== 'pass');
      const tries: ClientTry[] = [];
      if (lacking.length > 0) tries.push(untried(check, seed, lacking));
      else {
        tries.push(await this.#try(check, seed));
        // A pass needs no second look; a failure must come out again.
        if (tries[0]?.verdict === 'fail') tries.push(await this.#try(check, seed + NEXT_SEED));
      }
      const last = tries.at(-1)?.verdict ?? 'error';
      const unstable = tries.length > 1 && last !== 'fail';
      verdicts.set(check.id, unstable ? 'pass' : last);
      if (verdicts.get(check.id) === 'pass') this.#works.add(check.id);
      checks.push({
        tries,
        unstable,
        wire: null,
        frames: [],
        ladder: null,
        bytes: null,
        contradiction: null,
      });
      await tell({ news: 'progress', id: check.id, verdict: last });
    }
    return checks;
  }

  async #try(check: ClientCheck, seed: number): Promise<ClientTry> {
    const nothing = { symptom: null, output: '', seen: null };
    const base = { id: check.id, seed, steps: [], expected: check.title, ...nothing };
    const log = new TeacherLog();
    const { teacher, values } = await this.#teacher(check, seed, log);
    let pupil: Pupil | undefined;
    let lesson: Lesson | undefined;
    try {
      pupil = this.#pupil(values);
      const hangUp = (): void => void teacher.send('close');
      const { script } = this.#orders;
      const works = this.#works;
      lesson = new Lesson({ protocol: this.#protocol, script, values, pupil, log, works, hangUp });
      await check.play(lesson);
      return { ...base, verdict: 'pass', steps: lesson.steps, actual: text('as it should be', '符合预期') };
    } catch (error) {
      const steps = lesson?.steps ?? [];
      if (error instanceof NotHere) return { ...base, verdict: 'skipped', steps, actual: error.reason };
      const failed = (cause: unknown): ClientTry => {
        const why = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
        return { ...base, verdict: 'error', steps, actual: same(why) };
      };
      if (!(error instanceof Missed) || pupil === undefined) return failed(error);
      const { expected, actual, symptom } = error;
      const shown = { ...base, verdict: 'fail' as const, steps, expected, actual, symptom };
      try {
        return { ...shown, seen: await this.#seen(teacher, pupil, values, log), output: pupil.said };
      } catch (cause) {
        return failed(cause);
      }
    } finally {
      await pupil?.stop();
      teacher.kill('SIGKILL');
      await teacher.ended;
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
    const teacher = host.spawn(process.execPath, program, { ipc: true });
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
    if (values === undefined)
      throw new KitError(
        'teacher-failed',
        `our own server did not start: ${log.failure ?? 'it says nothing'}`,
      );
    return { teacher, values };
  }

  #pupil(values: Values): Pupil {
    const { command, cwd } = this.#orders;
    const [program = '', ...args] = [...UNBUFFERED, ...command.map((word) => filled(word, values))];
    const child = this.#world.host('client').spawn(program, args, {
      cwd,
      env: { ...ENVIRONMENT, HOST: values.host, PORT: values.port },
      stdin: 'pipe',
      stdout: 'stream',
      stderr: 'stream',
    });
    return new Pupil(child, Number(values.port));
  }
}

function untried(check: ClientCheck, seed: number, lacking: readonly string[]): ClientTry {
  const names = lacking.join(', ');
  return {
    id: check.id,
    seed,
    verdict: 'skipped',
    steps: [],
    expected: check.title,
    actual: text(`not tried: it needs ${names}`, `未尝试：需要先通过 ${names}`),
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

try {
  const orders = CLIENT_ORDERS.parse(JSON.parse(process.argv[2] ?? ''));
  const world = await createWorld({ hosts: ['server', 'client'] });
  try {
    const { capture, problems } = await startWitness(world.host('server'), orders.capture);
    const checks = await new Examiner(orders, world).all();
    problems.push(...(await endWitness(capture, (file, dropped) => testify(file, dropped, orders, checks))));
    await tell({ news: 'complete', checks, problems });
  } finally {
    await world.close();
  }
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
