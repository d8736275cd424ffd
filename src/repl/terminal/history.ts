/**
 * What was typed, kept between sessions: one JSON text to a line, so that an input of many lines stays one entry.
 * The file is its owner's only (0600): it may hold what people typed by mistake.
 */
import { KitError, text, type Text } from '../../bytes/index.ts';
import { closeSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { openOwnFile, ownFolder, replaceOwnFile } from '../../files/index.ts';
import type { Server } from './server.ts';

const LIMIT = 1000;

export class History {
  #file: string | undefined;
  readonly #server: Server;
  readonly #complain: (words: Text) => void;
  /** The newest last. */
  #entries: string[] = [];

  /** Without a file the history lasts as long as the session. */
  constructor(server: Server, file: string | undefined, complain: (words: Text) => void) {
    this.#server = server;
    this.#file = file;
    this.#complain = complain;
    this.#orGiveUp((path) => {
      ownFolder(dirname(path));
      append(path, '');
      this.#entries = read(path);
      if (this.#entries.length > 2 * LIMIT) this.#shorten(path);
    });
    this.#show();
  }

  /** A complete input, as it was typed. */
  add(input: string): void {
    const entry = input.replace(/\n+$/, '');
    if (entry.trim() !== '' && entry !== this.#entries.at(-1)) {
      this.#entries.push(entry);
      // Appending lets two sessions share the file; the newest of both are in it.
      this.#orGiveUp((path) => append(path, `${JSON.stringify(entry)}\n`));
    }
    this.#show();
  }

  /** A full disk, or a file that is not ours alone, ends the keeping and is said once; the session goes on. */
  #orGiveUp(work: (file: string) => void): void {
    if (this.#file === undefined) return;
    try {
      work(this.#file);
    } catch (error) {
      this.#file = undefined;
      this.#complain(noHistory(error));
    }
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
    replaceOwnFile(file, text);
  }
}

function append(file: string, text: string): void {
  const fd = openOwnFile(file);
  try {
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

/** Why nothing is kept, in whose words it is. */
function noHistory(error: unknown): Text {
  if (error instanceof KitError) {
    const { en, zh } = error.words.message;
    return text(`no history is kept: ${en}`, `不保存历史：${zh}`);
  }
  const why = error instanceof Error ? error.message : String(error);
  return text(`no history is kept: ${why}`, `不保存历史：${why}`);
}
