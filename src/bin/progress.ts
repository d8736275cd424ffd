const BAR = 20;
/** Drawing oftener than the eye sees costs time that the labs' witnesses need. */
const REDRAW_MS = 60;

interface Row {
  readonly step: string;
  readonly done: number;
  readonly total: number;
}

/**
 * Progress of labs that run at the same time, on standard error. On a terminal each running lab has a bar that is drawn
 * again and again, and what is finished scrolls away above; elsewhere a line when a step begins and one when a lab is
 * done, so that a log stays readable.
 */
export class Board {
  readonly #stream: NodeJS.WriteStream;
  readonly #terminal: boolean;
  readonly #running = new Map<string, Row>();
  #waiting: number;
  /** Lines on the terminal that belong to running labs. */
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(labs: number, stream: NodeJS.WriteStream = process.stderr) {
    this.#waiting = labs;
    this.#stream = stream;
    this.#terminal = stream.isTTY && process.env['TERM'] !== 'dumb';
  }

  begin(lab: string): void {
    this.#waiting -= 1;
    this.#running.set(lab, { step: '', done: 0, total: 1 });
    this.#changed();
  }

  show(lab: string, step: string, done: number, total: number): void {
    const before = this.#running.get(lab);
    this.#running.set(lab, { step, done, total });
    if (!this.#terminal && before?.step !== step) this.#stream.write(`${lab}: ${step} …\n`);
    this.#changed();
  }

  /** The lab has ended, and what came of it. */
  finish(lab: string, words: string): void {
    if (!this.#running.delete(lab)) this.#waiting -= 1;
    this.say(`${lab}: ${words}`);
  }

  /** A line of its own that stays. */
  say(line: string): void {
    this.#erase();
    this.#stream.write(`${line}\n`);
    this.#draw();
  }

  /** Takes the bars away, for whatever is printed next. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#erase();
    this.#running.clear();
    this.#waiting = 0;
  }

  #changed(): void {
    if (!this.#terminal || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#erase();
      this.#draw();
    }, REDRAW_MS);
    this.#timer.unref();
  }

  #erase(): void {
    if (this.#drawn === 0) return;
    this.#stream.write(`\u001b[${this.#drawn}A\r\u001b[J`);
    this.#drawn = 0;
  }

  #draw(): void {
    if (!this.#terminal) return;
    const room = Math.max(0, (this.#stream.columns || 80) - 1);
    const height = Math.max(1, (this.#stream.rows || 24) - 2);
    const width = Math.max(0, ...[...this.#running.keys()].map((lab) => lab.length));
    const bars = [...this.#running].map(([lab, row]) => cut(barOf(lab.padEnd(width), row), room));
    const rest = this.#waiting > 0 ? [`${this.#waiting} …`] : [];
    const lines = [...bars, ...rest].slice(0, height);
    if (lines.length === 0) return;
    this.#stream.write(`${lines.join('\n')}\n`);
    this.#drawn = lines.length;
  }
}

function barOf(lab: string, { step, done, total }: Row): string {
  const filled = Math.max(0, Math.min(BAR, Math.round((BAR * done) / Math.max(1, total))));
  return `${'█'.repeat(filled)}${'░'.repeat(BAR - filled)} ${lab} ${step} ${done}/${total}`;
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
import { stringWidth } from '../bytes/index.ts';
