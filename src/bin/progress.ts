import stringWidth from 'string-width';

const BAR = 24;

/**
 * Progress on standard error: on a terminal one line that is drawn again, elsewhere a line when a step begins and one
 * when it is done, so that a log stays readable.
 */
export class Progress {
  readonly #stream: NodeJS.WriteStream;
  readonly #terminal: boolean;
  #step = '';
  #finished = true;

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
    this.#terminal = stream.isTTY && process.env['TERM'] !== 'dumb';
  }

  show(step: string, done: number, total: number): void {
    const begun = step !== this.#step;
    if (this.#terminal) {
      if (begun) this.#endLine();
      const filled = Math.round((BAR * done) / Math.max(1, total));
      const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)}`;
      const line = `${bar} ${done}/${total} ${step}`;
      const room = Math.max(0, (this.#stream.columns || 80) - 1);
      this.#stream.write(`\r\u001b[K${cut(line, room)}`);
    } else if (begun || done === total) {
      this.#stream.write(
        done === total && total > 1 ? `${step}: ${done}/${total}\n` : begun ? `${step} …\n` : '',
      );
    }
    this.#step = step;
    this.#finished = false;
  }

  /** Leaves the bar as it is and begins a new line, for whatever is printed next. */
  end(): void {
    this.#endLine();
    this.#step = '';
  }

  #endLine(): void {
    if (this.#terminal && !this.#finished) this.#stream.write('\n');
    this.#finished = true;
  }
}

/** As much of the line as fits `room` columns: a wrapped line could not be drawn over. */
function cut(line: string, room: number): string {
  let text = '';
  for (const character of line) {
    if (stringWidth(text + character) > room) break;
    text += character;
  }
  return text;
}
