import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { compileCache } from '../../src/lab/compile-cache.ts';
import { root } from '../helpers/lab.ts';
import { tempFolder } from '../helpers/temp.ts';

test('the cache is a folder of the user’s own, and the processes of a lab fill it', async () => {
  const home = tempFolder();
  const folder = compileCache({ XDG_CACHE_HOME: home });
  expect(folder).toBe(join(home, 'socket-lab-kit', 'compiled'));
  expect(statSync(folder ?? '').mode & 0o777).toBe(0o700);
  // Without a channel the program says that it is ready to nobody, and ends.
  await execa(process.execPath, [join(root, 'src/lab/peer.ts'), 'host', 'name'], {
    env: { NODE_COMPILE_CACHE: folder },
  });
  expect(readdirSync(folder ?? '')).not.toEqual([]);
});

test('a folder that others may write to is not used, nor is a home made that is not there', () => {
  const home = tempFolder();
  const folder = join(home, 'socket-lab-kit', 'compiled');
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o777);
  expect(compileCache({ XDG_CACHE_HOME: home })).toBeUndefined();
  const missing = join(home, 'missing', '.cache');
  expect(compileCache({ XDG_CACHE_HOME: missing })).toBeUndefined();
  expect(existsSync(join(home, 'missing'))).toBe(false);
});

test('what the user has set stands', () => {
  const XDG_CACHE_HOME = tempFolder();
  expect(compileCache({ NODE_COMPILE_CACHE: '/elsewhere', XDG_CACHE_HOME })).toBeUndefined();
  expect(readdirSync(XDG_CACHE_HOME)).toEqual([]);
});
