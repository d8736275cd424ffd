/** help: the command table, as text. */
import { nearest, text } from '../../bytes/index.ts';
import { type Command, wrongCall } from '../command.ts';
import { shownAs } from '../shown.ts';

/** The command that a function at the prompt stands for. */
const commandOf = new WeakMap<object, Command>();

export function markAsCommand(call: object, command: Command): void {
  commandOf.set(call, command);
}

/** The command that a value of the scope stands for; undefined when it is something else. */
export function commandFor(value: unknown): Command | undefined {
  return typeof value === 'function' ? commandOf.get(value) : undefined;
}

/** `table` comes as a function because help itself stands in it. */
export function makeHelp(table: () => readonly Command[]): Command {
  return {
    name: 'help',
    signature: 'help(command?)',
    help: 'this list, or one command in full',
    about:
      'The command may be given as the function or by its name. `.help` lists the commands that begin with a dot.',
    example: 'help(send)',
    arguments: ['command'],
    options: {},
    run: (_session, [what]) => {
      if (what === undefined)
        return shownAs({ commands: table().map(({ name }) => name) }, () => helpText(table()));
      const found =
        typeof what === 'function' ? commandOf.get(what) : table().find((command) => command.name === what);
      if (found) return shownAs({ ...found, run: undefined }, () => commandText(found));
      const names = table().map((command) => command.name);
      const like = typeof what === 'string' ? nearest(what, names).slice(0, 3) : names;
      throw wrongCall(
        'help',
        text(`there is no such command; there is ${like.join(', ')}`, `没有这个命令；有 ${like.join('、')}`),
      );
    },
  };
}

export function helpText(table: readonly Command[]): string {
  const width = Math.max(...table.map((command) => command.signature.length));
  const rows = table.map((command) => `  ${command.signature.padEnd(width)}  ${command.help}`);
  return [
    ...rows,
    '',
    '  help(send) tells more, with an example; .help lists the dot commands; TAB completes.',
  ].join('\n');
}

export function commandText(command: Command): string {
  const width = Math.max(0, ...Object.keys(command.options).map((name) => name.length));
  const options = Object.entries(command.options).map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
  return [
    command.signature,
    `  ${command.help}`,
    '',
    wrap(command.about, 78),
    ...(options.length === 0 ? [] : ['', 'options:', ...options]),
    '',
    `example: ${command.example}`,
  ].join('\n');
}

function wrap(text: string, width: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}
