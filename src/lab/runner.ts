import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { failureFrom, KitError } from '../bytes/index.ts';
import { replaceOwnFile } from '../files/index.ts';
import { boundedReason, EVIDENCE_FILE, MANIFEST, type Manifest, type Text, text } from '../check/index.ts';
import {
  describeEnd,
  type HostProcess,
  probeWorlds,
  type Stage,
  type StageKind,
  startStage,
  startStateTrace,
  type StateTrace,
  type Transition,
} from '../host/index.ts';
import { compileCache } from './compile-cache.ts';
import { guard } from './directory.ts';
import { labName, loadLab } from './find.ts';
import { programPath } from './programs.ts';
import { type HandedOn, type News, NEWS, type Orders } from './stage-protocol.ts';
import { failureOf, whyIncomplete } from './why-incomplete.ts';

export interface RunOptions {
  readonly lab: string;
  readonly directory: string;
  readonly protocol: string;
  readonly student?: string;
  readonly port: number;
  /** `auto`: namespaces where they are to be had, else loopback. */
  readonly hosts: 'auto' | StageKind;
  /** How to run it again, for the report. */
  readonly command: readonly string[];
  readonly kit: string;
  /** What the student expects, by the ids of lab.yaml's predictions. */
  readonly predictions?: Readonly<Record<string, string>>;
  /** How long the whole may take before it is given up, when not as lab.yaml says. */
  readonly boundSeconds?: number;
  readonly progress: (step: Text, done: number, total: number) => void;
  /** Ends the run; the evidence so far is kept. */
  readonly signal?: AbortSignal;
}

/**
 * Runs one lab to its end on a stage of its own and leaves its evidence in `directory`, which must be there and empty
 * (`makeDirectory`). Resolves when the run is complete.
 *
 * @throws KitError: what stopped it (`interrupted`, `not-in-time`, `no-tcpdump`, `disk-full`, `worker-died`, …). The
 * directory then holds what was seen until then, marked incomplete.
 */
export async function runLab(options: RunOptions): Promise<void> {
  const lab = labName(options.lab);
  const directory = resolve(options.directory);
  const { file } = await loadLab(lab);
  const { port: ownPort, ports = 1 } = file;
  const { boundSeconds = file.boundSeconds } = options;
  const ability = await probeWorlds();
  const kind = options.hosts === 'auto' ? undefined : options.hosts;
  const lowPort = ownPort ?? options.port;
  const stand: { worker?: HostProcess } = {};
  const trace = await traceOr({ lowPort, highPort: lowPort + ports - 1 }, (transition) =>
    handOn(stand.worker, { what: 'transition', transition }),
  );
  const orders: Orders = {
    lab,
    directory,
    protocol: options.protocol.includes('/') ? resolve(options.protocol) : options.protocol,
    student: options.student ?? null,
    port: options.port,
    command: [...options.command],
    kit: options.kit,
    predictions: { ...options.predictions },
    boundSeconds,
    whyNoStateTrace: typeof trace === 'string' ? trace : null,
    whyLoopback: options.hosts === 'loopback' ? null : (ability.why ?? null),
    mendLoopback: options.hosts === 'loopback' ? 'leave out --hosts loopback' : (ability.mend ?? null),
  };
  const program = [process.execPath, programPath('worker', import.meta.url), JSON.stringify(orders)];
  const cache = compileCache();
  const stage = await startOr(
    () =>
      startStage(program, {
        ...{ ability, ipc: true },
        ...(kind === undefined ? {} : { kind }),
        ...(cache === undefined ? {} : { env: { NODE_COMPILE_CACHE: cache } }),
      }),
    trace,
  );
  stand.worker = stage.process;
  let outcome: Extract<News, { news: 'complete' | 'failed' }> | undefined;
  stage.process.onMessage((message) => {
    const news = NEWS.parse(message);
    if (news.news === 'progress') options.progress(news.step, news.done, news.total);
    else if (news.news === 'settle') {
      if (typeof trace !== 'string')
        void trace.settle().then(() => handOn(stand.worker, { what: 'settled', lost: trace.lost }));
    } else outcome = news;
  });
  const interrupt = (): void => void stage.stop(5_000);
  if (options.signal?.aborted === true) interrupt();
  options.signal?.addEventListener('abort', interrupt, { once: true });
  // The worker keeps the bound itself; one that hangs in whatever it does cannot.
  const bound = { hung: false };
  const hardBound = setTimeout(
    () => {
      bound.hung = true;
      stage.process.kill('SIGKILL');
    },
    (boundSeconds + GRACE_SECONDS) * 1000,
  );
  const end = await stage.ended;
  clearTimeout(hardBound);
  if (typeof trace !== 'string') await trace.stop();
  options.signal?.removeEventListener('abort', interrupt);

  if (outcome?.news === 'complete') return;
  if (outcome?.news === 'failed') {
    const failure = failureFrom(outcome);
    markIncomplete(directory, whyIncomplete(failure), failureOf(failure));
    throw failure;
  }
  if (bound.hung) {
    const seconds = boundSeconds + GRACE_SECONDS;
    const reason = text(`the lab did not end within ${seconds} s`, `实验未在 ${seconds} 秒内结束`);
    markIncomplete(directory, reason, { code: 'not-in-time', fault: 'kit' });
    throw new KitError('not-in-time', reason.en);
  }
  const words = stage.process.errors.text.trim().slice(-MAX_LAST_WORDS);
  const message = `the lab's process died (${describeEnd(end)})${words === '' ? '' : `: ${words}`}`;
  markIncomplete(
    directory,
    text(`the lab's process died (${describeEnd(end)})`, `实验进程意外终止（${describeEnd(end)}）`),
    // 128 + 9: killed from outside, or by a machine without memory.
    { code: 'worker-died', fault: end.signal === 'SIGKILL' || end.code === 137 ? 'machine' : 'kit' },
  );
  throw new KitError('worker-died', message, { hint: `What was seen until then is in ${directory}.` });
}

const handOn = (worker: HostProcess | undefined, message: HandedOn): unknown => worker?.send(message);

/** A stage that cannot be had must not leave the trace behind. */
async function startOr(start: () => Stage, trace: StateTrace | string): Promise<Stage> {
  try {
    return start();
  } catch (error) {
    if (typeof trace !== 'string') await trace.stop();
    throw error;
  }
}

/** The tracepoint, or why there is none: it is one witness more, and labs do without it. */
async function traceOr(
  ports: { readonly lowPort: number; readonly highPort: number },
  onTransition: (transition: Transition) => void,
): Promise<StateTrace | string> {
  try {
    return await startStateTrace(ports, onTransition);
  } catch (error) {
    if (error instanceof KitError && error.code === 'no-state-trace') return error.message;
    throw error;
  }
}

/** A stack and what stands before it, in characters. */
const MAX_LAST_WORDS = 4_000;

/** What a worker may need beyond its bound to end its witnesses and its world. */
const GRACE_SECONDS = 60;

/** Says in the manifest what a worker that died could not say itself. */
function markIncomplete(directory: string, reason: Text, failure: NonNullable<Manifest['failure']>): void {
  const path = join(directory, EVIDENCE_FILE);
  let manifest: unknown;
  try {
    manifest = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    // It died before it wrote one: the directory is no evidence, and says so to whoever reads it.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
    throw error;
  }
  const parsed = MANIFEST.safeParse(manifest);
  if (!parsed.success || parsed.data.status !== 'running') return;
  const incomplete = { ...parsed.data, status: 'incomplete', reason: boundedReason(reason), failure };
  const content = `${JSON.stringify(incomplete, null, 2)}\n`;
  try {
    guard(directory, () => replaceOwnFile(path, content));
  } catch (error) {
    // A disk without room for this: the manifest goes on saying `running`, which readers take for a killed run.
    if (!(error instanceof KitError)) throw error;
  }
}
