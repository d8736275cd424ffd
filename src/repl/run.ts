/** The program behind `chat-repl`, once its arguments are read: a script, a menu, or a prompt. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { xdgConfig, xdgState } from 'xdg-basedir';
import { inLanguage, type Language, text } from '../bytes/index.ts';
import type { Transport } from '../net/index.ts';
import type { Protocol } from '../wire/index.ts';
import type { Address } from './address.ts';
import { bindCommands } from './commands.ts';
import { makeConsole } from './console.ts';
import { Evaluator } from './evaluator.ts';
import { runMenu } from './menu.ts';
import { killable } from './killable.ts';
import { makePaint, wantsColours } from './paint.ts';
import { exitCodeFor } from './problem.ts';
import { type Piece, reportProblem, runScript, type ScriptOptions } from './script.ts';
import { readScript } from './script-file.ts';
import { Session } from './session.ts';
import { show, toJson } from './show.ts';
import type { Terminal } from './terminal.ts';

const FOLDER = 'socket-lab-kit';

export interface ReplArguments {
  readonly protocol: Protocol;
  readonly transport?: Transport;
  readonly target: Address;
  /** The user named a server: connect at once. Otherwise a script connects when its first command needs it. */
  readonly targetGiven: boolean;
  readonly name: string | undefined;
  readonly timeoutMs: number | undefined;
  readonly token?: string | undefined;
  readonly heartbeatMs?: number | undefined;
  /** Try again when the connection is lost; undefined: at a terminal only. */
  readonly reconnect?: boolean | undefined;
  readonly json: boolean;
  readonly language: Language;
  readonly menu: boolean;
  readonly rc: boolean;
  /** Empty: interactive. */
  readonly pieces: readonly Piece[];
}

/** Resolves with the exit code. */
export async function runRepl(given: ReplArguments): Promise<number> {
  const { stdin, stdout, stderr, env } = process;
  // Whoever reads us may have seen enough (`| head -1`, EPIPE), or the terminal is gone (EIO). To report that there
  // would fail in the same way, and be reported again, for ever.
  for (const stream of [stdin, stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' || error.code === 'EIO') process.exit();
      throw error;
    });
  }
  const terminal = given.pieces.length === 0 && stdin.isTTY && stdout.isTTY && env['TERM'] !== 'dumb';
  const session = new Session({
    protocol: given.protocol,
    ...(given.transport === undefined ? {} : { transport: given.transport }),
    target: given.target,
    name: given.name,
    timeoutMs: given.timeoutMs,
    lazy: !terminal && !given.menu,
    reconnect: given.reconnect ?? terminal,
    token: given.token,
    heartbeatMs: given.heartbeatMs,
  });
  const evaluator = new Evaluator();
  bindCommands(session, evaluator.scope);
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const output: ScriptOptions = {
    json: given.json,
    language: given.language,
    paint: makePaint(wantsColours(stdout, env)),
    errorPaint: makePaint(wantsColours(stderr, env)),
    signal: controller.signal,
    interruptible: (part) => killable(stop, part),
    out: (text) => stdout.write(text),
    err: (text) => stderr.write(text),
  };
  if (terminal) return interactive(given, session, evaluator, output);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    return given.menu ? await menuFromPipe(session, output) : await script(given, session, evaluator, output);
  } finally {
    await session.close();
  }
}

async function script(
  given: ReplArguments,
  session: Session,
  evaluator: Evaluator,
  output: ScriptOptions,
): Promise<number> {
  if (process.stdout.isTTY) {
    const line = (write: (text: string) => void) => (text: string) => write(`${text}\n`);
    evaluator.scope['console'] = makeConsole(line(output.out), line(output.err), output.paint.colours);
  }
  return new Promise((resolve) => {
    // A promise that nobody waits for, or a handler, failed: the script is wrong, and ends.
    const late = (error: unknown): void => {
      reportProblem(error, undefined, output);
      resolve(exitCodeFor(error));
    };
    process.on('uncaughtException', late);
    process.on('unhandledRejection', late);
    session.on('problem', late);
    session.on('notice', (words) =>
      output.err(`${output.errorPaint.dim(inLanguage(words, output.language))}\n`),
    );
    const start = async (): Promise<number> => {
      const { signal } = output;
      if (given.targetGiven) await session.connect(given.target, given.name, signal ? { signal } : {});
      return runScript(evaluator, given.pieces, output);
    };
    start().then(resolve, late);
  });
}

async function interactive(
  given: ReplArguments,
  session: Session,
  evaluator: Evaluator,
  output: ScriptOptions,
): Promise<number> {
  const rc = given.rc && xdgConfig !== undefined ? join(xdgConfig, FOLDER, 'replrc.js') : undefined;
  // Loaded when somebody types: a script needs no prompt.
  const [{ Terminal }, { menu: terminalMenu }] = await Promise.all([
    import('./terminal.ts'),
    import('./terminal/dot-commands.ts'),
  ]);
  const terminal = new Terminal({
    session,
    evaluator,
    input: process.stdin,
    output: process.stdout,
    paint: output.paint,
    json: given.json,
    language: given.language,
    connected: true,
    historyFile: xdgState === undefined ? undefined : join(xdgState, FOLDER, 'repl-history'),
  });
  terminal.screen.erase();
  terminal.run(async (signal) => {
    if (rc !== undefined && existsSync(rc)) await runRc(terminal, rc, signal);
    if (given.menu) {
      if ((await terminalMenu(terminal, signal)) === 'exit') terminal.server.close();
      else {
        terminal.say(
          text(
            'out of the menu: .menu comes back to it, help() lists the commands, Ctrl-D leaves',
            '已离开菜单：.menu 回到菜单，help() 列出命令，Ctrl-D 退出',
          ),
        );
      }
      return;
    }
    await session.connect(given.target, given.name, { signal });
    terminal.show(await evaluator.run('me()', { file: 'chat-repl' }));
    terminal.say(
      text(
        'help() lists the commands, TAB completes, Ctrl-D leaves',
        'help() 列出命令，TAB 补全，Ctrl-D 退出',
      ),
    );
  });
  // SIGHUP keeps its default action, which needs no turn of the event loop: when the terminal is gone there is nobody to say
  // goodbye to but the server, whose end the kernel tells, and what runs may be a loop that never pauses.
  await terminal.done();
  return 0;
}

async function runRc(terminal: Terminal, file: string, signal: AbortSignal): Promise<void> {
  try {
    const program = terminal.evaluator.parse(readScript(file), file, { final: true });
    await terminal.evaluator.run(program, { file, signal });
  } catch (error) {
    terminal.problem(error, { file, numbered: true });
  }
}

/** The menu without a terminal: each line of the input is an answer. */
async function menuFromPipe(session: Session, output: ScriptOptions): Promise<number> {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  let code = 0;
  await runMenu(
    session,
    {
      ask: async () => {
        const next = await lines.next();
        return next.done ? undefined : next.value;
      },
      say: () => undefined,
      show: (value) =>
        output.out(`${output.json ? toJson(value) : show(value, output.paint, { raw: true })}\n`),
      problem: (error) => {
        reportProblem(error, undefined, output);
        code ||= exitCodeFor(error);
      },
    },
    output.signal ? { signal: output.signal } : {},
  );
  process.stdin.destroy();
  return code;
}
