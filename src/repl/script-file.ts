import { readFileSync } from 'node:fs';
import { unreadable } from '../bytes/index.ts';

/** The text of a script; of `-`, standard input's. Throws KitError `unreadable-file` (usage). */
export function readScript(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}
