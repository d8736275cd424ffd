/** Commands about the REPL itself, which begin with a dot so that they cannot be taken for JavaScript. */
import { alike, inLanguage, KitError, type Text, text } from '../../bytes/index.ts';
import { writeOrdinaryFile } from '../../files/index.ts';
import { COMMANDS } from '../commands.ts';
import { helpText } from '../commands/help.ts';
import { runMenu } from '../menu.ts';
import { readScript } from '../script-file.ts';
import { notebookOf } from '../notebook.ts';
import { scriptOf } from '../save.ts';
import type { Terminal } from '../terminal.ts';
import { isUnfinished } from './server.ts';

interface DotCommand {
  readonly name: string;
  readonly help: string;
  readonly run?: (terminal: Terminal, rest: string, signal: AbortSignal) => Promise<void> | void;
}

export const DOT_COMMANDS: readonly DotCommand[] = [
  { name: 'help', help: 'the commands, and these', run: (terminal) => terminal.print(dotHelp()) },
  {
    name: 'menu',
    help: "the lab's menu of seven; an empty answer comes back",
    run: async (terminal, _rest, signal) => {
      if ((await menu(terminal, signal)) === 'exit') terminal.server.close();
    },
  },
  {
    name: 'wire',
    help: '.wire on shows each packet sent and received, byte by byte; .wire off',
    run: (terminal, word) => {
      if (word !== 'on' && word !== 'off') throw usage('.wire', text('on or off', 'on 或 off'), '.wire on');
      terminal.showPackets(word === 'on');
    },
  },
  {
    name: 'save',
    help: '.save FILE writes what worked in this session as a script, or (.ipynb) as a notebook',
    run: (terminal, file) => {
      if (file === '') throw usage('.save', FILE, '.save lab.js');
      const write = file.endsWith('.ipynb') ? notebookOf : scriptOf;
      const script = write(terminal.transcript, terminal.session, terminal.options.connected);
      // It will be run, with all rights of whoever runs it: nobody else may write it, nor read what was said.
      writeOrdinaryFile(file, script, 0o600);
      const inputs = terminal.transcript.length;
      terminal.say(text(`${inputs} inputs written to ${file}`, `已将 ${inputs} 条输入写入 ${file}`));
    },
  },
  {
    name: 'load',
    help: '.load FILE runs a script in this session',
    run: async (terminal, file, signal) => {
      if (file === '') throw usage('.load', FILE, '.load lab.js');
      try {
        await terminal.evaluator.run(terminal.evaluator.parse(readScript(file), file, { final: true }), {
          file,
          signal,
          onValue: (value, { quiet }) => {
            if (!quiet) terminal.show(value);
          },
        });
      } catch (error) {
        terminal.problem(error, { file, numbered: true });
      }
    },
  },
  // These two are node:repl's own.
  { name: 'break', help: 'gives an unfinished input up; so does Ctrl-C' },
  { name: 'exit', help: 'says goodbye and leaves; so does Ctrl-D' },
];

function dotHelp(): string {
  const rows = DOT_COMMANDS;
  const width = Math.max(...rows.map(({ name }) => name.length));
  return [helpText(COMMANDS), '', ...rows.map(({ name, help }) => `  .${name.padEnd(width)}  ${help}`)].join(
    '\n',
  );
}

export function defineDotCommands(terminal: Terminal): void {
  const commands = terminal.server.commands as Record<string, unknown>;
  for (const name of Object.keys(commands))
    if (name !== 'exit' && name !== 'break') Reflect.deleteProperty(commands, name);
  for (const { name, help, run } of DOT_COMMANDS) {
    if (!run) continue;
    terminal.server.defineCommand(name, {
      help,
      action: (rest) => terminal.run(async (signal) => run(terminal, rest.trim(), signal)),
    });
  }
  withUnknown(terminal);
}

/** What node:repl looks up: for a name that it has not, a command that says so, and which was meant. */
function withUnknown(terminal: Terminal): void {
  const { server } = terminal;
  const lookUp = (own: object, name: string | symbol): unknown => {
    // `.then(…)` on a line of its own goes on with the expression above it.
    if (typeof name === 'symbol' || name in own || isUnfinished(server)) return Reflect.get(own, name);
    return { help: '', action: () => terminal.run(() => Promise.reject(unknownCommand(name))) };
  };
  Object.defineProperty(server, 'commands', { value: new Proxy(server.commands, { get: lookUp }) });
}

function unknownCommand(name: string): KitError {
  const names = DOT_COMMANDS.map((command) => `.${command.name}`);
  const plain = COMMANDS.find((command) => command.name === name);
  const like = (plain && `${plain.name}()`) ?? alike(`.${name}`, names);
  const meant = like === undefined ? text('', '') : text(`Did you mean ${like}? `, `是不是 ${like}？`);
  return new KitError('unknown-command', text(`there is no command .${name}`, `没有命令 .${name}`), {
    fault: 'usage',
    hint: text(
      `${meant.en}The commands with a dot are ${names.join(', ')}; help() lists the others.`,
      `${meant.zh}以点开头的命令有 ${names.join('、')}；其余的见 help()。`,
    ),
  });
}

/** The menu at the terminal: each question is a line of its own, with messages above it. */
export async function menu(terminal: Terminal, signal: AbortSignal): Promise<'exit' | 'back'> {
  return runMenu(
    terminal.session,
    {
      ask: (question) => terminal.ask(question, signal),
      say: (words) => terminal.print(inLanguage(words, terminal.options.language)),
      show: (value) => terminal.show(value),
      problem: (error) => terminal.problem(error),
    },
    { signal },
  );
}

const FILE = text('a file', '文件名');

function usage(command: string, wanted: Text, example: string): KitError {
  return new KitError('usage', text(`${command} wants ${wanted.en}`, `${command} 后面要写 ${wanted.zh}`), {
    fault: 'usage',
    hint: text(`For example: ${example}`, `例如：${example}`),
  });
}
