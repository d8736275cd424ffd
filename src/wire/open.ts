import { existsSync, readFileSync } from 'node:fs';
import { Protocol } from './protocol.ts';
import { unpackDescription } from './ready.ts';
import { FOLDER, isPath } from './shipped.ts';

/**
 * What `loadProtocol` gives, for programs that are to start fast: where the build has checked the kit's own protocols
 * already (scripts/bundle.ts), neither YAML nor schemas are loaded for them. Rejects as `loadProtocol` throws.
 */
export async function openProtocol(nameOrFile: string): Promise<Protocol> {
  const ready = new URL(`${encodeURIComponent(nameOrFile)}.ready.json`, FOLDER);
  if (!isPath(nameOrFile) && existsSync(ready)) {
    return new Protocol(unpackDescription(readFileSync(ready, 'utf8')));
  }
  const { loadProtocol } = await import('./load.ts');
  return loadProtocol(nameOrFile);
}
