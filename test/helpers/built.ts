/** vitest's global set-up: what users install, built once for all tests that start a program. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
/** Below node_modules, where Node finds the packages that are not in the bundles. */
const BUILT = 'node_modules/.built';
const MADE_OF = [
  '{src,labs,protocols,notebooks}/**/*',
  'scripts/{build,bundle.ts}',
  'package-lock.json',
  'tsconfig*.json',
];
/** Somebody else may still run tests on one that is younger. */
const KEPT_MS = 2 * 60 * 60_000;

/**
 * Puts the folder into KIT_BUILT, for test/helpers/programs.ts. It is named by all that it is made of, so it is never
 * stale, and is built again only when something changed (some four seconds). FROM_SOURCES=1 does without.
 */
export default function setup(): void {
  if (process.env['FROM_SOURCES'] !== undefined || process.env['KIT_BUILT'] !== undefined) return;
  const hash = createHash('sha256');
  for (const file of globSync(MADE_OF, { cwd: root }).sort()) {
    const path = join(root, file);
    if (statSync(path).isFile()) hash.update(file).update('\0').update(readFileSync(path)).update('\0');
  }
  const folder = join(root, BUILT, hash.digest('hex').slice(0, 16));
  if (!existsSync(folder)) {
    for (const name of globSync('*', { cwd: join(root, BUILT) })) {
      const old = join(root, BUILT, name);
      if (Date.now() - statSync(old).mtimeMs > KEPT_MS) rmSync(old, { recursive: true, force: true });
    }
    const own = `${folder}.${process.pid}`;
    execFileSync(join(root, 'scripts/build'), ['--untyped', own], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    // Another run may have been first, and its programs are running: then they stay.
    if (existsSync(folder)) rmSync(own, { recursive: true });
    else renameSync(own, folder);
  }
  process.env['KIT_BUILT'] = folder;
}
