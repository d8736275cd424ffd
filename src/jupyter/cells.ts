/**
 * Cells: code in, outputs out, by the REPL's evaluator and command table. The kernel and the headless runner both use
 * this class; neither Jupyter nor a file format is known here.
 *
 * Every output belongs to the cell whose code caused it, however late it comes: AsyncLocalStorage follows the cell
 * through promises, timers and sockets, so a message that arrives on a connection goes to the cell that opened it.
 */
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { inLanguage, KitError, text } from '../bytes/index.ts';
import { type SysEvent, sysEventText } from '../net/index.ts';
import { bindCommands, Evaluator, makeConsole, makePaint, messageText, Session } from '../repl/index.ts';
import type { Language } from '../check/index.ts';
import { loadProtocol } from '../wire/index.ts';
import { letBusyCodeEnd } from './busy.ts';
import { errorOf } from './cell-error.ts';
import { mimeOf } from './mime.ts';
import type { CellError, CellOutput, MimeBundle } from './outputs.ts';
import { pageFor } from './pages.ts';

const PAINT = makePaint(false);
export const DEFAULT_PROTOCOL = 'clp';

/** Where a cell's outputs go. */
export interface CellHost {
  readonly output: (output: CellOutput) => void;
  /** Asks the reader for a line; undefined where nobody can be asked. */
  readonly input?: (prompt: string, password: boolean) => Promise<string>;
}

export type CellEnd =
  | { readonly status: 'ok'; readonly page?: MimeBundle; readonly value: unknown }
  | { readonly status: 'error'; readonly error: CellError; readonly cause: unknown };

export class Cells {
  readonly evaluator = new Evaluator();
  readonly session: Session;
  /** What must end with the notebook: worlds, servers, captures. Asked once, in reverse order. */
  readonly #open: (() => Promise<unknown>)[] = [];
  readonly #current = new AsyncLocalStorage<CellHost>();
  #last: CellHost = { output: () => undefined };
  #running: AbortController | undefined;

  /** Of texts that the kit writes into cells. */
  language: Language = process.env['LANG']?.startsWith('zh') === true ? 'zh' : 'en';

  constructor() {
    const protocol = loadProtocol(DEFAULT_PROTOCOL);
    const target = { host: '127.0.0.1', port: protocol.description.port ?? 0 };
    this.session = new Session({ protocol, target, lazy: true });
    const { scope } = this.evaluator;
    const sys = bindCommands(this.session, scope, (event) => this.#showCall(event));
    this.keep(() => sys.end());
    const handlers = new WeakMap<object, (value: unknown) => unknown>();
    // A handler prints into the cell that registered it, not into the one that opened the connection.
    const owned = (handler: unknown): unknown => {
      if (typeof handler !== 'function') return handler;
      const known = handlers.get(handler);
      if (known) return known;
      const bound = AsyncResource.bind(handler as (value: unknown) => unknown);
      handlers.set(handler, bound);
      return bound;
    };
    for (const name of ['on', 'off'] as const) {
      const command = scope[name] as (...args: unknown[]) => unknown;
      const call = (event: unknown, handler?: unknown): unknown =>
        handler === undefined ? command(event) : command(event, owned(handler));
      scope[name] = Object.defineProperties(call, Object.getOwnPropertyDescriptors(command));
    }
    scope['console'] = makeConsole(
      (text) => this.print('stdout', `${text}\n`),
      (text) => this.print('stderr', `${text}\n`),
      false,
    );
    this.session.on('message', (message, to) =>
      this.print('stdout', `${messageText(message, to, this.session, PAINT)}\n`),
    );
    this.session.on('notice', (words) => this.print('stderr', `${inLanguage(words, this.language)}\n`));
    this.session.on('problem', (error) => this.late(error));
  }

  /** The host of the cell that the caller is part of; what belongs to none goes to the latest. */
  get host(): CellHost {
    return this.#current.getStore() ?? this.#last;
  }

  print(name: 'stdout' | 'stderr', text: string): void {
    this.host.output({ type: 'stream', name, text });
  }

  display(value: unknown): void {
    this.host.output({ type: 'display', data: mimeOf(value) });
  }

  /** A failure that no cell waits for: a handler, a timer, a promise nobody awaits. */
  late(error: unknown): void {
    const { traceback } = errorOf(error, undefined, this.language);
    this.print('stderr', `${traceback.join('\n')}\n`);
  }

  /** `close` is called when the notebook ends. */
  keep(close: () => Promise<unknown>): void {
    this.#open.push(close);
  }

  /** Runs one cell to its end. Never rejects. One at a time: the caller queues. */
  async run(code: string, file: string, host: CellHost): Promise<CellEnd> {
    this.#last = host;
    const page = pageFor(code, this.evaluator.scope);
    if (page) return { status: 'ok', page, value: undefined };
    const controller = new AbortController();
    this.#running = controller;
    try {
      const value = await this.#current.run(host, () => this.#evaluate(code, file, controller.signal));
      return { status: 'ok', value };
    } catch (cause) {
      const error = errorOf(cause, file, this.language);
      host.output({ type: 'error', error });
      return { status: 'error', error, cause };
    } finally {
      this.#running = undefined;
    }
  }

  /** Ends the running cell, with every command that it waits for. False when none runs. */
  interrupt(): boolean {
    this.#running?.abort();
    return this.#running !== undefined;
  }

  /** Says goodbye to servers, ends worlds and whatever else is open. */
  async close(): Promise<void> {
    this.interrupt();
    const ends = [...this.#open.splice(0).reverse(), () => this.session.close()];
    for (const end of ends) {
      try {
        await end();
      } catch (error) {
        // The rest must be closed all the same.
        this.late(error);
      }
    }
  }

  /** The kernel's answers are what a cell of `sys` calls is for: output, not remarks on it. */
  #showCall(event: SysEvent): void {
    const endedBy = this.language === 'zh' ? '“中断”' : 'interrupt';
    this.print('stdout', `${sysEventText(event, this.language, endedBy)}\n`);
  }

  async #evaluate(code: string, file: string, signal: AbortSignal): Promise<unknown> {
    // Here, where the AsyncLocalStorage is in use.
    letBusyCodeEnd();
    const { evaluator } = this;
    const parsed = evaluator.parse(code, file, { final: true });
    const lastLine = parsed.statements.at(-1)?.loc?.start.line;
    let shown: { value: unknown } | undefined;
    const work = new Promise<unknown>((resolve, reject) => {
      // A busy cell is ended from outside with everything that is on the stack (V8's termination, which no `catch`
      // stops). What waits for the cell must therefore not be on it: the code begins in a turn of its own. There it
      // begins behind a promise: an immediate that never returns leaves its id on the stack of Node's async hooks, and
      // Node ends the process when it finds it there.
      const begin = (): Promise<unknown> =>
        evaluator.run(parsed, {
          file,
          signal,
          onValue: (value, { line, quiet }) => {
            shown = line === lastLine && !quiet ? { value } : undefined;
          },
        });
      setImmediate(() => void Promise.resolve().then(begin).then(resolve, reject));
      signal.addEventListener('abort', () =>
        reject(new KitError('interrupted', text('interrupted', '已中断'), { fault: 'peer' })),
      );
    });
    const value = await work;
    if (shown?.value !== undefined) this.host.output({ type: 'result', data: mimeOf(shown.value) });
    return value;
  }
}
