import { readFileSync } from 'node:fs';
import { english, KitError } from '../bytes/index.ts';

/** The text of a certificate or a key. Throws KitError `unreadable-file` (usage). */
export function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new KitError('unreadable-file', english(`cannot read ${path}: ${(error as Error).message}`), {
      fault: 'usage',
      hint: english(
        '--tls-cert and --tls-key belong together, and name PEM files; chatd cert DIR makes some.',
      ),
      cause: error,
    });
  }
}
