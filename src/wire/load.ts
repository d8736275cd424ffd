import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { KitError, nearest, text, unreadable } from '../bytes/index.ts';
import { Protocol } from './protocol.ts';
import { resolveDescription } from './resolve.ts';
import { FOLDER, isPath, shippedProtocols } from './shipped.ts';
import { readSource } from './source.ts';

/** A description's text as a protocol. Throws KitError `bad-yaml` or `bad-description` (usage). */
export function compileProtocol(yaml: string, file: string): Protocol {
  return new Protocol(resolveDescription(readSource(yaml, file)));
}

/**
 * A protocol by its name (one that comes with the kit) or by the path of its description (anything with a slash or
 * that ends in .yaml or .yml).
 *
 * @throws KitError (usage) `unknown-protocol`, `unreadable-file`, `bad-yaml`, `bad-description`.
 */
export function loadProtocol(nameOrFile: string): Protocol {
  const found = readDescription(nameOrFile);
  return compileProtocol(found.text, found.file);
}

/** The description's text and the name that errors give it. Throws KitError `unknown-protocol`, `unreadable-file`. */
export function readDescription(nameOrFile: string): { text: string; file: string } {
  const isFile = isPath(nameOrFile);
  if (!isFile && !shippedProtocols().includes(nameOrFile)) {
    const names = nearest(nameOrFile, shippedProtocols());
    throw new KitError(
      'unknown-protocol',
      text(
        `there is no protocol ${nameOrFile}; there are ${names.join(', ')}`,
        `没有名为 ${nameOrFile} 的协议；有 ${names.join('、')}`,
      ),
      {
        fault: 'usage',
        hint: text(
          'Give a name, or the path of a description, such as ./mine.yaml.',
          '请给出协议名，或描述文件的路径，例如 ./mine.yaml。',
        ),
      },
    );
  }
  const path = isFile ? nameOrFile : fileURLToPath(new URL(`${nameOrFile}.yaml`, FOLDER));
  try {
    return { text: readFileSync(path, 'utf8'), file: isFile ? nameOrFile : `protocols/${nameOrFile}.yaml` };
  } catch (error) {
    throw unreadable(path, error);
  }
}
