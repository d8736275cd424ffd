/** `chat-lab top` in a terminal of its own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Home } from '../bin/support/chatd.ts';
import { program } from '../helpers/programs.ts';
import { tempFolder } from '../helpers/temp.ts';
import { Tmux } from '../helpers/tmux.ts';

export const CHAT_LAB = program('bin/chat-lab');

export interface Room {
  readonly terminal: Tmux;
  readonly signal: (name: NodeJS.Signals) => void;
}

/** A terminal in which a program runs; behind its end stand its exit code and the terminal's settings. */
export function show(command: readonly string[], env: Record<string, string>, columns = 80, rows = 24): Room {
  const pid = join(tempFolder(), 'pid');
  const quoted = command.map((word) => `"${word}"`).join(' ');
  const script = `sh -c 'echo $$ > "${pid}"; exec ${quoted}'; echo "ended with $?"; stty -a; echo all told; exec sleep 600`;
  const terminal = new Tmux(
    ['sh', '-c', script],
    { LC_ALL: 'C.UTF-8', NODE_NO_WARNINGS: '1', ...env },
    columns,
    rows,
  );
  return { terminal, signal: (name) => process.kill(Number(readFileSync(pid, 'utf8')), name) };
}

export const top = (home: Home, args: readonly string[] = [], columns = 80, rows = 24): Room =>
  show([process.execPath, CHAT_LAB, 'top', '--every', '200', ...args], home.env, columns, rows);

/** It has ended with `code`, and left the terminal as it was before. */
export async function whole(terminal: Tmux, code: number): Promise<void> {
  const rows = await terminal.wait('the shell', (all) => all.some((row) => row.startsWith('all told')));
  const text = rows.join('\n');
  expect(text).toContain(`ended with ${code}`);
  // Lines are edited and echoed again.
  expect(text).toMatch(/(?<!-)icanon/);
  expect(text).toMatch(/(?<!-)echo /);
  expect(terminal.ask('#{alternate_on} #{cursor_flag} #{keypad_cursor_flag} #{mouse_any_flag}')).toBe(
    '0 1 0 0',
  );
}
