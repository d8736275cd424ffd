import { readFileSync, writeFileSync } from 'node:fs';

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { sysReference } from '../../src/repl/index.ts';
import { testUnless } from '../helpers/skip.ts';
import { scratch } from './helpers.ts';

const PAGE = new URL('../../docs/SYS.md', import.meta.url);
const page = readFileSync(PAGE, 'utf8');
const notLinux = process.platform === 'linux' ? undefined : 'the C socket API is there on Linux only';

test('docs/SYS.md has the table of calls as it is', () => {
  const fresh = page.replace(
    /(<!-- calls:.*?-->\n)[^]*(<!-- end of calls -->)/,
    (_all, start: string, end: string) => `${start}\n${sysReference()}\n\n${end}`,
  );
  if (process.env['UPDATE_DOCS']) writeFileSync(PAGE, fresh);
  expect(sysReference().length).toBeGreaterThan(3_000);
  expect(page === fresh || process.env['UPDATE_DOCS'] !== undefined).toBe(true);
});

testUnless(notLinux, 'the program of the page runs', async () => {
  const source = /```js\n(import \{ CONSTANTS[^]*?)```/.exec(page)?.[1] ?? '';
  const folder = scratch();
  const face = fileURLToPath(new URL('../../src/net/index.ts', import.meta.url));
  // The package's face, as package.json exports it, without building it.
  expect(source).toContain("'socket-lab-kit/net'");
  writeFileSync(join(folder, 'server.mjs'), source.replace('socket-lab-kit/net', face));
  const { stdout } = await execa(process.execPath, [join(folder, 'server.mjs')], { timeout: 30_000 });
  expect(stdout.split('\n').at(-1)).toBe('LISTEN');
});
