/**
 * The interactive REPL: node:repl for the line, ours for everything else.
 *
 * One input takes this way: key → keys.ts (held back while code runs) → readline → node:repl → `submit` here → a queue
 * → `Evaluator.run` → show → screen.ts → prompt. The queue is there because node:repl calls its evaluator inside a
 * context of its own (a domain in Node 20, an AsyncLocalStorage later) whose error handling would compete with ours.
 */
import { once } from 'node:events';
import { Recoverable, start } from 'node:repl';
import type { ReadStream, WriteStream } from 'node:tty';
import { inLanguage, type Language, text, type Text } from '../bytes/index.ts';
import { COMMANDS, isCommand } from './commands.ts';
import { makeConsole } from './console.ts';
import type { Evaluator } from './evaluator.ts';
import { killable } from './killable.ts';
import type { Paint } from './paint.ts';
import { type Place, problemText } from './problem.ts';
import type { TranscriptEntry } from './save.ts';
import type { SeenPacket, Session } from './session.ts';
import { show, toJson } from './show.ts';
import { Incomplete, type Parsed } from './syntax.ts';
import { complete } from './terminal/completer.ts';
import { defineDotCommands } from './terminal/dot-commands.ts';
import { History } from './terminal/history.ts';
import { guardKeys, type Keys } from './terminal/keys.ts';
import { messageText } from './terminal/message-text.ts';
import { promptOf } from './terminal/prompt.ts';
import { Screen } from './terminal/screen.ts';
import { asServer, type Server } from './terminal/server.ts';
import { packetText } from './wire-view.ts';

export interface TerminalOptions {
  readonly session: Session;
  readonly evaluator: Evaluator;
  readonly input: ReadStream;
  readonly output: WriteStream;
  readonly paint: Paint;
  readonly json: boolean;
  readonly language: Language;
  /** The session began with a connection (`.save` writes it down). */
  readonly connected: boolean;
  /** Undefined: none is kept. */
  readonly historyFile: string | undefined;
}

const PLACE: Place = { file: 'prompt', numbered: false };

export class Terminal {
  readonly session: Session;
  readonly evaluator: Evaluator;
  readonly transcript: TranscriptEntry[] = [];
  readonly server: Server;
  readonly screen: Screen;
  readonly options: TerminalOptions;
  readonly #keys: Keys;
  readonly #history: History;
  readonly #submitted: (() => Promise<void>)[] = [];
  #wake: () => void = () => undefined;
  /** Of what runs, or is about to: Ctrl-C may come before the first step. */
  readonly #running = new Set<AbortController>();
  #closed = false;

  constructor(options: TerminalOptions) {
    const { session, evaluator, input, output, paint } = options;
    this.options = options;
    this.session = session;
    this.evaluator = evaluator;
    const server = start({
      prompt: promptOf(session),
      input,
      output,
      terminal: true,
      useColors: paint.colours,
      preview: false,
      ignoreUndefined: true,
      eval: (typed, _context, _file, done) => this.#submit(typed, done),
      completer: (line: string) =>
        complete(line, session, evaluator.scope, Object.keys(this.server.commands)) as [string[], string],
    });
    this.server = asServer(server);
    this.screen = new Screen(this.server, output);
    this.#keys = guardKeys(this.server, this.screen, () => this.interrupt());
    this.#history = new History(this.server, options.historyFile, (words) => this.say(words));
    defineDotCommands(this);
    evaluator.scope['console'] = makeConsole(
      (text) => this.print(text),
      (text) => this.print(text),
      paint.colours,
    );
    server.on('SIGINT', () => (this.screen.held = []));
    server.on('exit', () => {
      this.#closed = true;
      this.interrupt();
      this.#wake();
    });
    this.#follow();
  }

  /** Prints above the line that is being typed. */
  print(text: string): void {
    this.screen.print(text);
  }

  say(words: Text): void {
    this.print(this.options.paint.dim(inLanguage(words, this.options.language)));
  }

  show(value: unknown): void {
    if (value === undefined) return;
    this.print(this.options.json ? toJson(value) : show(value, this.options.paint));
  }

  problem(error: unknown, place: Place = PLACE): void {
    this.print(problemText(error, place, this.options.paint, this.options.language));
  }

  /** `.wire`: packets as they go by, or not. */
  showPackets(on: boolean): void {
    this.session.off('packet', this.#packet);
    if (on) this.session.on('packet', this.#packet);
  }

  readonly #packet = (packet: SeenPacket): void =>
    this.print(packetText(packet, this.session.protocol, this.options.paint));

  /** Ends what is running now, with the work behind it; the connection stays. */
  interrupt(): void {
    for (const controller of this.#running) controller.abort();
  }

  /** Runs work as an input is run: keys wait, Ctrl-C ends it. */
  run(
    work: (signal: AbortSignal) => Promise<void>,
    prompt: () => void = () => this.server.displayPrompt(),
  ): void {
    this.screen.typing = false;
    const controller = new AbortController();
    this.#running.add(controller);
    this.#submitted.push(async () => {
      try {
        await work(controller.signal);
      } catch (error) {
        this.problem(error);
      }
      this.#running.delete(controller);
      this.screen.typing = true;
      if (!this.#closed) prompt();
      this.#keys.release();
    });
    this.#wake();
  }

  /** Asks for a line, in the middle of work that `run` started. Undefined: Ctrl-C, or the end. */
  ask(question: string, signal: AbortSignal): Promise<string | undefined> {
    const { server, screen } = this;
    const given = new AbortController();
    let giveUp = (): void => undefined;
    return new Promise<string | undefined>((resolve) => {
      giveUp = () => {
        given.abort();
        resolve(undefined);
      };
      screen.flush();
      screen.question = question;
      screen.typing = true;
      signal.addEventListener('abort', giveUp, { once: true });
      server.once('SIGINT', giveUp);
      server.once('exit', giveUp);
      server.question(question, { signal: given.signal }, (answer) => {
        // At once: a key that was typed ahead is an answer to the next question, and no line of code.
        screen.typing = false;
        resolve(answer);
      });
      this.#keys.release();
    }).finally(() => {
      server.off('SIGINT', giveUp);
      server.off('exit', giveUp);
      screen.question = undefined;
      screen.typing = false;
    });
  }

  /** Until the user leaves. The loop begins outside of node:repl's contexts, and so runs everything outside of them. */
  async done(): Promise<void> {
    while (!this.#closed) {
      const next = this.#submitted.shift();
      if (next) await next();
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    this.screen.typing = false;
    await this.session.close();
    this.screen.flush();
  }

  /** What node:repl calls for each input; `done` makes it show the prompt, or ask for another line. */
  #submit(given: string, done: (error: Error | null, result?: unknown) => void): void {
    // Since Node 24 the lines of one input come with carriage returns between them.
    const typed = given.replace(/\r\n?/g, '\n');
    let parsed: Parsed;
    this.screen.held = [];
    try {
      parsed = this.evaluator.parse(typed, PLACE.file);
    } catch (problem) {
      if (problem instanceof Incomplete) {
        // Node before 24 leaves the lines on the screen and forgets them; later ones keep them in `line`. Known only
        // afterwards, but the prompt is drawn before that: so take them as held first.
        if (!('historyManager' in this.server)) this.screen.held = typed.split('\n').slice(0, -1);
        done(new Recoverable(problem));
        return;
      }
      this.screen.typing = false;
      this.#history.add(typed);
      this.problem(problem);
      this.screen.flush();
      this.screen.typing = true;
      done(null);
      return;
    }
    this.run(
      async (signal) => {
        // Within the run: when it complains, no prompt is drawn for that.
        this.#history.add(typed);
        const shadowed = this.#commands();
        const slips: Text[] = [];
        try {
          const value = await this.evaluator.run(parsed, {
            file: PLACE.file,
            signal,
            interruptible: (part) => this.#withSignals(part),
            // Around each such part there is an instant in which a Ctrl-C is lost: not when one only waits for an answer.
            quick: (name) => this.#isCommand(name),
            onSlip: (sentence) => slips.push(sentence),
          });
          this.transcript.push({ input: typed, failed: false });
          this.show(value);
          for (const sentence of slips) this.say(sentence);
        } catch (error) {
          this.transcript.push({ input: typed, failed: true });
          this.problem(error);
        }
        for (const name of shadowed())
          this.say(
            text(
              `${name} is your variable now; the command is chat.${name}()`,
              `${name} 现在是你的变量；命令仍可写作 chat.${name}()`,
            ),
          );
      },
      () => done(null),
    );
  }

  /** Which commands become variables from now on; to be asked afterwards. */
  #commands(): () => string[] {
    const before = COMMANDS.map(({ name }) => name).filter((name) => this.#isCommand(name));
    return () => before.filter((name) => !this.#isCommand(name));
  }

  #isCommand(name: string): boolean {
    return isCommand(this.evaluator.scope, name);
  }

  readonly #leave = (): void => this.server.close();

  /** In raw mode Ctrl-C is a byte that nobody reads while code spins; outside of it, it is a signal. */
  #withSignals<T>(part: () => T): T {
    const { input } = this.options;
    input.setRawMode(false);
    try {
      return killable(this.#leave, part);
    } finally {
      if (!this.#closed) input.setRawMode(true);
    }
  }

  #follow(): void {
    const { session, options } = this;
    session.on('message', (message, to) => this.print(messageText(message, to, session, options.paint)));
    session.on('notice', (words) => this.say(words));
    session.on('problem', (error) => this.problem(error));
    session.on('state', () => this.screen.setPrompt(promptOf(session)));
    // A promise that nobody waits for, a throw in a timer: the user's to see, and no reason to end.
    const late = (error: unknown): void => this.problem(error);
    process.on('uncaughtException', late);
    process.on('unhandledRejection', late);
    process.on('SIGINT', () => this.interrupt());
    process.once('SIGTERM', this.#leave);
    void once(this.server, 'exit').then(() => {
      process.off('uncaughtException', late);
      process.off('unhandledRejection', late);
    });
  }
}
