/**
 * A Jupyter kernel: this thread runs cells; another one (front.ts) speaks to Jupyter, so that a cell that never pauses
 * can still be interrupted, and the heartbeat answered.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { assertNever, KitError, type Language } from '../bytes/index.ts';
import { Incomplete, complete } from '../repl/index.ts';
import { bindHelpers } from './bind-helpers.ts';
import { Cells, type CellHost } from './cells.ts';
import { readConnectionFile } from './connection-file.ts';
import { errorOf } from './cell-error.ts';
import { mimeOf } from './mime.ts';
import { inspectAt } from './pages.ts';
import { parentageOf, UNASKED_SECONDS } from './parent-watch.ts';
import type { Question, RunId, ToFront, ToMain } from './thread-messages.ts';

export interface KernelOptions {
  readonly connectionFile: string;
  readonly version: string;
  /** How long a kernel that finds no Jupyter waits to be asked something. */
  readonly unaskedSeconds?: number;
}

/** Runs until Jupyter says shutdown, or is gone; resolves with the exit code. Rejects when the front thread fails. */
export async function runKernel({
  connectionFile,
  version,
  unaskedSeconds = UNASKED_SECONDS,
}: KernelOptions): Promise<number> {
  const file = import.meta.url.endsWith('.ts') ? './front.ts' : './front.js';
  const connection = readConnectionFile(connectionFile);
  const workerData = { connection, version, parentage: parentageOf(), unaskedSeconds };
  const front = new Worker(new URL(file, import.meta.url), { workerData });
  const cells = new Cells();
  bindHelpers(cells);
  const left = new Promise<[number]>((resolve) => {
    const leave = (): void => resolve([0]);
    const main = new MainThread(cells, (message) => front.postMessage(message), leave);
    front.on('message', (message: ToMain) => main.hear(message));
  });
  // What the user's code breaks in passing is shown where it came from, and ends nothing.
  process.on('uncaughtException', (error) => cells.late(error));
  process.on('unhandledRejection', (error) => cells.late(error));
  // By message only (interrupt_mode of the kernelspec): a Ctrl-C in Jupyter's terminal is not for us.
  process.on('SIGINT', () => undefined);
  for (const name of ['stdout', 'stderr'] as const) takeOver(name, cells);
  try {
    const [code] = (await Promise.race([left, once(front, 'exit')])) as [number];
    return code;
  } finally {
    for (const name of ['stdout', 'stderr'] as const) Reflect.deleteProperty(process[name], 'write');
    await cells.close();
  }
}

/** Code that writes to the process's own streams means the cell's. */
function takeOver(name: 'stdout' | 'stderr', cells: Cells): void {
  process[name].write = (chunk: string | Uint8Array, ...rest: unknown[]): boolean => {
    cells.print(name, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8'));
    const done = rest.find((one) => typeof one === 'function');
    if (done) process.nextTick(done);
    return true;
  };
}

class MainThread {
  readonly #cells: Cells;
  readonly #tell: (message: ToFront) => void;
  readonly #leave: () => void;
  readonly #inputs = new Map<RunId, (value: string) => void>();

  constructor(cells: Cells, tell: (message: ToFront) => void, leave: () => void) {
    this.#cells = cells;
    this.#tell = tell;
    this.#leave = leave;
    tell({ kind: 'ready' });
  }

  hear(message: ToMain): void {
    switch (message.kind) {
      case 'interrupt':
        this.#tell({ kind: 'heard', id: message.id });
        this.#cells.interrupt();
        return;
      case 'input':
        this.#inputs.get(message.run)?.(message.value);
        this.#inputs.delete(message.run);
        return;
      case 'leave':
        this.#leave();
        return;
      case 'question': {
        const { id, question } = message;
        this.#answer(question).then(
          (content) => this.#tell({ kind: 'answer', id, content }),
          (error: unknown) =>
            this.#tell({ kind: 'answer', id, content: errorReply(error, this.#cells.language) }),
        );
        return;
      }
      default:
        assertNever(message);
    }
  }

  async #answer(question: Question): Promise<object> {
    const { evaluator, session } = this.#cells;
    switch (question.ask) {
      case 'execute':
        return this.#execute(question);
      case 'complete': {
        const before = question.code.slice(0, question.cursor);
        const line = before.slice(before.lastIndexOf('\n') + 1);
        const [matches, of] = complete(line, session, evaluator.scope, []);
        return {
          status: 'ok',
          matches,
          cursor_start: points(before.slice(0, before.length - of.length)),
          cursor_end: points(before),
          metadata: {},
        };
      }
      case 'inspect': {
        const data = inspectAt(question.code, question.cursor, evaluator.scope);
        return { status: 'ok', found: data !== undefined, data: data ?? {}, metadata: {} };
      }
      case 'is-complete':
        return this.#isComplete(question.code);
      case 'close':
        await this.#cells.close();
        return { status: 'ok' };
      default:
        return assertNever(question);
    }
  }

  async #execute({
    run,
    code,
    silent,
    count,
    mayAsk,
    expressions,
  }: Question & { ask: 'execute' }): Promise<object> {
    const host: CellHost = {
      output: (output) => {
        // As in IPython: what silent code prints is shown, its value is not.
        if (silent && output.type === 'result') return;
        this.#tell({ kind: 'output', run, output });
      },
      ...(mayAsk ? { input: (prompt, password) => this.#input(run, prompt, password) } : {}),
    };
    const end = await this.#cells.run(code, `In[${count}]`, host);
    if (end.status === 'error') {
      const { name, value, traceback } = end.error;
      return {
        status: 'error',
        execution_count: count,
        ename: name,
        evalue: value,
        traceback,
        payload: [],
        user_expressions: {},
      };
    }
    const payload = end.page === undefined ? [] : [{ source: 'page', data: end.page, start: 0 }];
    return {
      status: 'ok',
      execution_count: count,
      payload,
      user_expressions: await this.#expressions(expressions),
    };
  }

  async #expressions(expressions: Readonly<Record<string, string>>): Promise<Record<string, object>> {
    const results: Record<string, object> = {};
    for (const [name, code] of Object.entries(expressions)) {
      try {
        const value = await this.#cells.evaluator.run(code, { file: name });
        results[name] = { status: 'ok', data: mimeOf(value), metadata: {} };
      } catch (error) {
        results[name] = errorReply(error, this.#cells.language);
      }
    }
    return results;
  }

  #input(run: RunId, prompt: string, password: boolean): Promise<string> {
    return new Promise((resolve) => {
      this.#inputs.set(run, resolve);
      this.#tell({ kind: 'ask-input', run, prompt, password });
    });
  }

  #isComplete(code: string): object {
    try {
      this.#cells.evaluator.parse(code, 'cell');
      return { status: 'complete' };
    } catch (problem) {
      if (problem instanceof Incomplete) return { status: 'incomplete', indent: '  ' };
      if (problem instanceof KitError && problem.code === 'syntax') return { status: 'invalid' };
      throw problem;
    }
  }
}

function errorReply(error: unknown, language: Language): object {
  const { name, value, traceback } = errorOf(error, undefined, language);
  return { status: 'error', ename: name, evalue: value, traceback };
}

/** Jupyter counts cursor positions in Unicode code points since 5.2. */
const points = (text: string): number => Array.from(text).length;
