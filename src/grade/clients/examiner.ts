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
import { NotHere } from '../peers/rig.ts';
import { CLIENT_CHECKS, type ClientCheck, clientFoundations } from './checks.ts';
import { Lesson, Missed, TeacherLog } from './lesson.ts';
import {
  CLIENT_ORDERS,
  type ClientOrders,
  type ClientRuling,
  type ClientTry,
  SAID,
  type TeacherOrders,
} from './orders.ts';
import { Pupil } from './pupil.ts';
import { filled, type Values } from './script.ts';

const NEXT_SEED = 7919;
const TEACHER_BOUND_MS = 30_000;
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

  async all(): Promise<void> {
    const verdicts = new Map<string, ClientTry['verdict']>();
    const { only, seed } = this.#orders;
    const wanted = only === null ? undefined : new Set(only.flatMap((id) => [...clientFoundations(id)]));
    for (const check of CLIENT_CHECKS) {
      if (wanted?.has(check.id) === false) continue;
      const lacking = check.dependsOn.filter((id) => verdicts.get(id) !== 'pass');
      const tries: ClientTry[] = [];
      if (lacking.length > 0) tries.push(untried(check, lacking));
      else {
        tries.push(await this.#try(check, seed));
        // A pass needs no second look; a failure must come out again.
        if (tries[0]?.verdict === 'fail') tries.push(await this.#try(check, seed + NEXT_SEED));
      }
      const last = tries.at(-1)?.verdict ?? 'error';
      const unstable = tries.length > 1 && last !== 'fail';
      verdicts.set(check.id, unstable ? 'pass' : last);
      if (verdicts.get(check.id) === 'pass') this.#works.add(check.id);
      await tell({ news: 'tried', tries, unstable });
    }
  }

  async #try(check: ClientCheck, seed: number): Promise<ClientTry> {
    const base = { id: check.id, steps: [], expected: check.title, symptom: null, output: '' };
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
      if (!(error instanceof Missed)) {
        const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
        return { ...base, verdict: 'error', steps, actual: same(why) };
      }
      const { expected, actual, symptom } = error;
      return { ...base, verdict: 'fail', steps, expected, actual, symptom, output: pupil?.said ?? '' };
    } finally {
      await pupil?.stop();
      teacher.kill('SIGKILL');
      await teacher.ended;
    }
  }

  async #teacher(
    { conduct }: ClientCheck,
    seed: number,
    log: TeacherLog,
  ): Promise<{ teacher: HostProcess; values: Values }> {
    const host = this.#world.host('server');
    const orders: TeacherOrders = { protocol: this.#orders.protocol, seed, address: host.address, conduct };
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

function untried(check: ClientCheck, lacking: readonly string[]): ClientTry {
  const names = lacking.join(', ');
  return {
    id: check.id,
    verdict: 'skipped',
    steps: [],
    expected: check.title,
    actual: text(`not tried: it needs ${names}`, `未尝试：需要先通过 ${names}`),
    symptom: null,
    output: '',
  };
}

try {
  const orders = CLIENT_ORDERS.parse(JSON.parse(process.argv[2] ?? ''));
  const world = await createWorld({ hosts: ['server', 'client'] });
  try {
    await new Examiner(orders, world).all();
    await tell({ news: 'complete' });
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
