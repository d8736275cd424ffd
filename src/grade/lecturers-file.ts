import { readFileSync } from 'node:fs';
import { unreadable } from '../bytes/index.ts';

/** A file that the lecturer named, or that a class must have. Throws KitError `unreadable-file` (usage). */
export function readTextFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}
