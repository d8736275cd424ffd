/**
 * The one writer to the terminal: it knows whether a line is being typed, and prints above it if so.
 *
 * Theory: readline keeps the typed text and the cursor's place in it, and `getCursorPos` says in which row below the
 * prompt the cursor stands at the present width, wrapped and wide characters counted. So: go up to the prompt, clear
 * all below, print, and let readline draw its line again. Two things need care. readline believes the cursor to be
 * `prevRows` below the prompt, which is wrong after a resize and in wrapped multi-line input (it counts line ends
 * there, not rows), so it is set right before each key. And Node before 24 commits each line of an unfinished input to
 * the screen, out of readline's sight: those are `held` and drawn again by us.
 */
import { clearScreenDown, cursorTo, moveCursor } from 'node:readline';
import { stringWidth } from '../../bytes/index.ts';
import { setShownPrompt, type Server } from './server.ts';

/** Node 24's continuation prompt; older Nodes get the same. */
const CONTINUATION = '| ';

export class Screen {
  readonly #server: Server;
  readonly #output: NodeJS.WriteStream;
  #pending: string[] = [];
  #held: readonly string[] = [];
  #typing = true;
  /** Stands in the prompt's place while a question is asked. */
  question: string | undefined;

  constructor(server: Server, output: NodeJS.WriteStream) {
    this.#server = server;
    this.#output = output;
    server.displayPrompt = (preserveCursor) => {
      setShownPrompt(server, this.#held.length > 0 ? CONTINUATION : (this.question ?? server._initialPrompt));
      server.prompt(preserveCursor);
    };
    output.prependListener('resize', () => this.believe());
  }

  /** Is a prompt on the screen, with a line that may be half typed? */
  get typing(): boolean {
    return this.#typing;
  }

  set typing(typing: boolean) {
    this.flush();
    this.#typing = typing;
  }

  /** Earlier lines of an unfinished input that readline does not draw itself. */
  set held(lines: readonly string[]) {
    this.#held = lines;
  }

  /** Prints whole lines, above whatever is being typed. What comes in one turn of the event loop is drawn once. */
  print(text: string): void {
    if (!this.#typing) {
      this.flush();
      this.#output.write(`${text}\n`);
      return;
    }
    if (this.#pending.length === 0) setImmediate(() => this.flush());
    this.#pending.push(text);
  }

  flush(): void {
    if (this.#pending.length === 0) return;
    const text = `${this.#pending.join('\n')}\n`;
    this.#pending = [];
    if (this.#typing) this.#redraw(text, () => undefined);
    else this.#output.write(text);
  }

  /** Changes the prompt, also under a line that is being typed. */
  setPrompt(prompt: string): void {
    const change = (): void => this.#server.setPrompt(prompt);
    if (this.#typing) this.#redraw('', change);
    else change();
  }

  /** Tells readline the truth about the cursor's row. */
  believe(): void {
    if (this.#typing) this.#server.prevRows = this.#server.getCursorPos().rows;
  }

  /**
   * To be called before Enter is. Behind a line that just fills its row readline has gone to the next row already, and
   * Enter would leave that one empty, of which readline knows nothing later.
   */
  closeFullRow(): void {
    const { rows, cols } = this.#server.getCursorPos();
    if (cols === 0 && rows > 0 && this.#server.cursor === this.#server.line.length) {
      moveCursor(this.#output, 0, -1);
    }
  }

  /** Takes the prompt and what is typed off the screen. */
  erase(): void {
    const { rows } = this.#server.getCursorPos();
    const above = this.#held.map((line, index) => this.#rowsOf(this.#promptOf(index) + line));
    const up = above.reduce((sum, count) => sum + count, rows);
    if (up > 0) moveCursor(this.#output, 0, -up);
    cursorTo(this.#output, 0);
    clearScreenDown(this.#output);
  }

  #redraw(text: string, change: () => void): void {
    this.#output.cork();
    this.erase();
    change();
    this.#output.write(text + this.#held.map((line, index) => `${this.#promptOf(index)}${line}\n`).join(''));
    this.#server.prevRows = 0;
    this.#server.displayPrompt(true);
    this.#output.uncork();
  }

  #promptOf(index: number): string {
    return index === 0 ? this.#server._initialPrompt : CONTINUATION;
  }

  /** Rows that a line takes, wrapped: a wide character that does not fit goes to the next row whole. */
  #rowsOf(line: string): number {
    const columns = this.#output.columns || Infinity;
    let rows = 1;
    let column = 0;
    for (const character of line) {
      const width = stringWidth(character);
      if (column + width > columns) {
        rows++;
        column = 0;
      }
      column += width;
    }
    return rows;
  }
}
