/** The captures that come with the kit, for notebooks wherever they lie. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KitError, text } from '../bytes/index.ts';

/** scripts/build puts it at the same place beside the compiled code. */
const FOLDER = fileURLToPath(new URL('../../test/fixtures/captures/', import.meta.url));

/** The file of a sample. Throws KitError `no-sample` (usage). */
export function samplePath(name: string): string {
  const names = readdirSync(FOLDER).filter((one) => one.endsWith('.txt'));
  if (names.includes(name)) return join(FOLDER, name);
  throw new KitError('no-sample', text(`there is no sample ${name}`, `没有样本 ${name}`), {
    fault: 'usage',
    hint: text(`There are ${names.join(', ')}.`, `有 ${names.join('、')}。`),
  });
}
