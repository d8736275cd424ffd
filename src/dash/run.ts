/** The loop: look, draw, listen to keys; and a terminal that is whole again however it ends. */
import { writeSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import { Model } from './model.ts';
import { Painter } from './painter.ts';
import type { Snapshot, Source } from './snapshot.ts';
import { type Key, press, START, type Ui } from './ui.ts';
import { frame } from './views/frame.ts';
import { type Language, wordsOf } from './words.ts';

export interface DashboardOptions {
  readonly source: Source;
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly colours: boolean;
  readonly language: Language;
  readonly everyMs: number;
}

const SIGNALS = [
  ['SIGTERM', 143],
  ['SIGHUP', 129],
  ['SIGINT', 130],
] as const;
const FAILURES = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * Runs until the user leaves. Resolves with the exit code: 0 after q, 130 after Ctrl-C, 143 and 129 after SIGTERM and
 * SIGHUP. Rejects with what broke it. The terminal is whole by then.
 */
export async function runDashboard(options: DashboardOptions): Promise<number> {
  const { source, input, output } = options;
  // Whatever happens, a process that ends has given the terminal back.
  const giveBack = restorer(input);
  process.on('exit', giveBack);
  const painter = new Painter({ input, output, colours: options.colours });
  const dashboard = new Dashboard(options, painter);
  const leave = SIGNALS.map(([signal, code]) => [signal, () => dashboard.end(code)] as const);
  const fail = (error: unknown): void => dashboard.fail(error);
  for (const [signal, listener] of leave) process.on(signal, listener);
  for (const failure of FAILURES) process.on(failure, fail);
  try {
    return await dashboard.run();
  } finally {
    painter.close();
    giveBack();
    // Nothing else keeps the process.
    input.pause();
    await source.close();
    for (const [signal, listener] of leave) process.off(signal, listener);
    for (const failure of FAILURES) process.off(failure, fail);
  }
}

class Dashboard {
  readonly #options: DashboardOptions;
  readonly #painter: Painter;
  readonly #model = new Model();
  #ui: Ui = START;
  #snapshot: Snapshot | undefined;
  /** Rows of the table. */
  #page = 1;
  #open = true;
  #looking = false;
  #timer: NodeJS.Timeout | undefined;
  #resolve: (code: number) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(options: DashboardOptions, painter: Painter) {
    this.#options = options;
    this.#painter = painter;
  }

  run(): Promise<number> {
    const ended = new Promise<number>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#painter.onKey((key) => this.#press(key));
    this.#painter.onResize(() => this.#draw());
    this.#draw();
    void this.#look();
    return ended;
  }

  end(code: number): void {
    this.#open = false;
    clearTimeout(this.#timer);
    this.#resolve(code);
  }

  fail(error: unknown): void {
    this.#open = false;
    clearTimeout(this.#timer);
    this.#reject(error instanceof Error ? error : new Error(String(error)));
  }

  /** Looks, and arms the next look. Not on a beat of its own: one that takes long must not meet the next one. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    clearTimeout(this.#timer);
    try {
      const news = this.#model.advance(await this.#options.source.read(this.#ui.chosen));
      if (!this.#open) return;
      if (!this.#ui.paused || this.#snapshot === undefined) {
        this.#snapshot = news;
        this.#draw();
      }
      this.#timer = setTimeout(() => void this.#look(), this.#options.everyMs);
    } catch (error) {
      this.fail(error);
    } finally {
      this.#looking = false;
    }
  }

  #press(key: Key): void {
    if (key.name === 'C-l') {
      this.#painter.redraw();
      return;
    }
    const next = press(this.#ui, key, this.#snapshot, this.#page);
    if (next === 'leave') this.end(0);
    else if (next === 'interrupt') this.end(130);
    else {
      const other = next.chosen !== this.#ui.chosen;
      this.#ui = next;
      this.#draw();
      // The ladder of what is chosen now, and not with the next look.
      if (other) void this.#look();
    }
  }

  #draw(): void {
    if (!this.#open) return;
    const { output, language } = this.#options;
    const next = frame(this.#snapshot, this.#ui, wordsOf(language), output.columns, output.rows);
    this.#page = next.page;
    this.#painter.draw(next);
  }
}

/** Colours off, cursor shown, keypad and mouse as usual, the screen as it was before. */
const WHOLE = '\u001b[m\u001b[?25h\u001b[?1l\u001b>\u001b[?1000l\u001b[?1002l\u001b[?1006l\u001b[?1049l';
/** Standard output's descriptor. */
const TERMINAL = 1;
/** What a terminal that is gone says (SIGHUP): there is nothing to give back. */
const GONE: ReadonlySet<string> = new Set(['EIO', 'EBADF', 'EPIPE', 'ENXIO', 'ENOTTY']);

/** Safe to call twice. */
function restorer(input: ReadStream): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    try {
      input.setRawMode(false);
      // At exit nothing is written any more but at once.
      writeSync(TERMINAL, WHOLE);
    } catch (error) {
      if (!GONE.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  };
}
