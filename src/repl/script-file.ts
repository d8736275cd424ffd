import { readFileSync } from 'node:fs';
import { KitError } from '../bytes/index.ts';

/** The text of a script; of `-`, standard input's. Throws KitError `unreadable-file` (usage). */
export function readScript(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new KitError('unreadable-file', `${file}: ${text}`, {
      fault: 'usage',
      hint: 'Check the path, and that you may read the file.',
      cause: error,
    });
  }
}
