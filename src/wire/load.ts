import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { KitError, nearest } from '../bytes/index.ts';
import { Protocol } from './protocol.ts';
import { resolveDescription } from './resolve.ts';
import { FOLDER, isPath, shippedProtocols } from './shipped.ts';
import { readSource } from './source.ts';

/** A description's text as a protocol. Throws KitError `bad-yaml` or `bad-description` (usage). */
export function compileProtocol(text: string, file: string): Protocol {
  return new Protocol(resolveDescription(readSource(text, file)));
}

/**
 * A protocol by its name (one that comes with the kit) or by the path of its description (anything with a slash or
 * that ends in .yaml or .yml).
 *
 * @throws KitError (usage) `unknown-protocol`, `unreadable-file`, `bad-yaml`, `bad-description`.
 */
export function loadProtocol(nameOrFile: string): Protocol {
  const { text, file } = readDescription(nameOrFile);
  return compileProtocol(text, file);
}

/** The description's text and the name that errors give it. Throws KitError `unknown-protocol`, `unreadable-file`. */
export function readDescription(nameOrFile: string): { text: string; file: string } {
  const isFile = isPath(nameOrFile);
  if (!isFile && !shippedProtocols().includes(nameOrFile)) {
    const names = nearest(nameOrFile, shippedProtocols());
    throw new KitError(
      'unknown-protocol',
      `there is no protocol ${nameOrFile}; there are ${names.join(', ')}`,
      {
        fault: 'usage',
        hint: 'Give a name, or the path of a description, such as ./mine.yaml.',
      },
    );
  }
  const path = isFile ? nameOrFile : fileURLToPath(new URL(`${nameOrFile}.yaml`, FOLDER));
  try {
    return { text: readFileSync(path, 'utf8'), file: isFile ? nameOrFile : `protocols/${nameOrFile}.yaml` };
  } catch (error) {
    throw new KitError(
      'unreadable-file',
      `${path}: ${error instanceof Error ? error.message : String(error)}`,
      {
        fault: 'usage',
        hint: 'Check the path, and that you may read the file.',
        cause: error,
      },
    );
  }
}
