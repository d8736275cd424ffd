/** The command table as a part of docs/REPL.md. A test holds the page to it. */
import { COMMANDS } from './commands.ts';
import { DOT_COMMANDS } from './terminal/dot-commands.ts';

export function commandReference(): string {
  const commands = COMMANDS.map(({ signature, help, about, example, options }) => {
    const rows = Object.entries(options).map(([name, text]) => `- \`${name}\`: ${text}`);
    return [
      `### \`${signature}\``,
      `${capital(help)}. ${about}`,
      ...(rows.length === 0 ? [] : [`Options:\n\n${rows.join('\n')}`]),
      `\`\`\`js\n${example}\n\`\`\``,
    ].join('\n\n');
  });
  const dots = DOT_COMMANDS.map(({ name, help }) => `- \`.${name}\`: ${help}`);
  return [...commands, '### Dot commands', dots.join('\n')].join('\n\n');
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
