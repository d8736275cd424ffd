/** A real terminal: tmux with a server of its own, driven by keys and read by cells. */
import { execaSync } from 'execa';
import { onTestFinished } from 'vitest';
import { until } from './until.ts';

/** Why there is no terminal here; undefined when there is. */
export const NO_TMUX = execaSync('tmux', ['-V'], { reject: false }).failed
  ? 'tmux is not installed'
  : undefined;

let count = 0;

export interface Cursor {
  readonly column: number;
  readonly row: number;
}

export class Tmux {
  readonly #socket = `repl-${process.pid}-${count++}`;

  constructor(command: readonly string[], env: Record<string, string>, columns = 80, rows = 24) {
    const quoted = command.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    const variables = Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    this.#run(
      '-f',
      '/dev/null',
      'new-session',
      '-d',
      '-x',
      String(columns),
      '-y',
      String(rows),
      ...variables,
      quoted,
    );
    this.#run('set-option', '-g', 'remain-on-exit', 'on');
    onTestFinished(() => void execaSync('tmux', ['-L', this.#socket, 'kill-server'], { reject: false }));
  }

  #run(...args: string[]): string {
    return execaSync('tmux', ['-u', '-L', this.#socket, ...args], {
      stripFinalNewline: true,
      // Names of keys and cells are UTF-8 whatever the machine's locale.
      env: { LC_ALL: 'C.UTF-8' },
    }).stdout;
  }

  /** Types `text` as it is. */
  type(text: string): void {
    // A semicolon at the end would be tmux's own: the end of its command.
    if (text !== '') this.#run('send-keys', '-l', '--', text.replace(/;$/, '\\;'));
  }

  /** Closes it as a window is closed: whoever runs in it gets SIGHUP. */
  close(): void {
    this.#run('kill-server');
  }

  /** Presses keys by tmux's names: Enter, C-c, Left, Tab, … */
  press(...keys: string[]): void {
    this.#run('send-keys', ...keys);
  }

  pressTimes(key: string, times: number): void {
    if (times > 0) this.#run('send-keys', '-N', String(times), key);
  }

  resize(columns: number, rows: number): void {
    this.#run('resize-window', '-x', String(columns), '-y', String(rows));
  }

  /** The rows of the screen without blanks at their ends, and without empty rows at the bottom. */
  rows(): string[] {
    return this.#run('capture-pane', '-p')
      .split('\n')
      .map((row) => row.trimEnd())
      .join('\n')
      .trimEnd()
      .split('\n');
  }

  cursor(): Cursor {
    const [column = 0, row = 0] = this.#run('display-message', '-p', '#{cursor_x} #{cursor_y}')
      .split(' ')
      .map(Number);
    return { column, row };
  }

  /** What tmux knows of the terminal, by its format (tmux(1), FORMATS). */
  ask(format: string): string {
    return this.#run('display-message', '-p', format);
  }

  /** The exit status once the program has ended. */
  status(): number | undefined {
    const [dead, status] = this.#run('display-message', '-p', '#{pane_dead} #{pane_dead_status}').split(' ');
    return dead === '1' ? Number(status) : undefined;
  }

  /** Waits until the screen says so; when it does not, the error shows the screen. */
  async wait(what: string, probe: (rows: string[], cursor: Cursor) => boolean): Promise<string[]> {
    let rows: string[] = [];
    try {
      return await until(what, () => {
        rows = this.rows();
        return probe(rows, this.cursor()) ? rows : undefined;
      });
    } catch (error) {
      const screen = rows.map((row) => `|${row}`).join('\n');
      throw new Error(`${String(error)}\ncursor ${JSON.stringify(this.cursor())}, screen:\n${screen}`, {
        cause: error,
      });
    }
  }

  /** Waits for a row that has `text` in it. */
  async shows(text: string | RegExp): Promise<string[]> {
    return this.wait(String(text), (rows) =>
      rows.some((row) => (typeof text === 'string' ? row.includes(text) : text.test(row))),
    );
  }
}

/** How wide a character is on the terminal: an oracle for the few characters that the tests use. */
function widthOf(character: string): number {
  if (character === '\u0301') return 0;
  return /[\u4e00-\u9fff\uff00-\uff60]|\p{Emoji_Presentation}/u.test(character) ? 2 : 1;
}

/** How `text` lies in rows of `columns` cells, and where a cursor behind it stands. */
export function layOut(text: string, columns: number): { rows: string[]; end: Cursor } {
  const rows = [''];
  let column = 0;
  for (const character of text) {
    const width = widthOf(character);
    if (column + width > columns) {
      rows.push('');
      column = 0;
    }
    rows.push((rows.pop() ?? '') + character);
    column += width;
  }
  // Behind a full row the cursor is at the start of the next.
  const end = column === columns ? { column: 0, row: rows.length } : { column, row: rows.length - 1 };
  return { rows: rows.map((row) => row.trimEnd()), end };
}
