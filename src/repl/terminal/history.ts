/**
 * What was typed, kept between sessions: one JSON text to a line, so that an input of many lines stays one entry.
 * The file is its owner's only (0600): it may hold what people typed by mistake.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Server } from './server.ts';

const LIMIT = 1000;

export class History {
  readonly #file: string | undefined;
  readonly #server: Server;
  /** The newest last. */
  #entries: string[] = [];

  /** Without a file the history lasts as long as the session. */
  constructor(server: Server, file: string | undefined, complain: (text: string) => void) {
    this.#server = server;
    this.#file = file;
    if (file === undefined) return;
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      append(file, '');
      this.#entries = read(file);
      if (this.#entries.length > 2 * LIMIT) this.#shorten(file);
    } catch (error) {
      this.#file = undefined;
      complain(`no history is kept: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.#show();
  }

  /** A complete input, as it was typed. */
  add(input: string): void {
    const entry = input.replace(/\n+$/, '');
    if (entry.trim() !== '' && entry !== this.#entries.at(-1)) {
      this.#entries.push(entry);
      // Appending lets two sessions share the file; the newest of both are in it.
      if (this.#file !== undefined) append(this.#file, `${JSON.stringify(entry)}\n`);
    }
    this.#show();
  }

  /** Hands the entries to readline, which would have made each line of one input an entry of its own. */
  #show(): void {
    // Since Node 24 readline keeps the lines of one entry in reverse, separated by carriage returns.
    const reversed = 'historyManager' in this.#server;
    this.#server.history = this.#entries
      .slice(-LIMIT)
      .reverse()
      .map((entry) => (reversed ? entry.split('\n').reverse().join('\r') : entry));
  }

  #shorten(file: string): void {
    this.#entries = this.#entries.slice(-LIMIT);
    const text = this.#entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    // wx: nothing that lies there is written to, nor where a link leads.
    writeFileSync(`${file}.${process.pid}`, text, { mode: 0o600, flag: 'wx' });
    renameSync(`${file}.${process.pid}`, file);
  }
}

/** Adds to a file that is its owner's only; a link in its place is not followed (ELOOP). */
function append(file: string, text: string): void {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  const fd = openSync(file, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    fchmodSync(fd, 0o600);
    writeFileSync(fd, text);
  } finally {
    closeSync(fd);
  }
}

/** Lines that are no JSON text (an editor, a crash half way) are passed over. */
function read(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        const entry: unknown = JSON.parse(line);
        return typeof entry === 'string' ? [entry] : [];
      } catch {
        return [];
      }
    });
}
