/** What of others' runs here: exact versions, install scripts, licences. docs/SECURITY.md says the same in words. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import '../../src/dash/blessed.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string): unknown => JSON.parse(readFileSync(join(root, path), 'utf8'));

const manifest = z
  .object({
    dependencies: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
    allowScripts: z.record(z.string(), z.boolean()),
  })
  .parse(read('package.json'));

const lock = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        version: z.string(),
        integrity: z.string().optional(),
        hasInstallScript: z.boolean().optional(),
        license: z.string().optional(),
        dev: z.boolean().optional(),
      }),
    ),
  })
  .parse(read('package-lock.json'));

const packages = Object.entries(lock.packages)
  .filter(([path]) => path !== '')
  .map(([path, entry]) => ({ path, name: path.replace(/^.*node_modules\//, ''), ...entry }));

test('every version is exact, and every package of the lock file has its digest', () => {
  const asked = { ...manifest.dependencies, ...manifest.devDependencies };
  const loose = Object.entries(asked).filter(([, version]) => !/^(npm:.+@)?\d+\.\d+\.\d+$/.test(version));
  expect(loose).toEqual([]);
  expect(packages.filter(({ integrity }) => !integrity?.startsWith('sha512-'))).toEqual([]);
  expect(packages.length).toBeGreaterThan(100);
});

test('each package with an install script is decided on in allowScripts, and no other stands there', () => {
  const scripted = new Set(packages.filter((each) => each.hasInstallScript === true).map(({ name }) => name));
  expect(Object.keys(manifest.allowScripts).sort()).toEqual([...scripted].sort());
  // Only the one without which nothing runs; koffi and zeromq work from what they bring ready-made.
  expect(Object.entries(manifest.allowScripts).filter(([, allowed]) => allowed)).toEqual([['node', true]]);
});

/** Permissive, or, like MPL-2.0 and PSF-2.0, asking nothing of who uses the package unchanged. */
const LICENCES = [
  'MIT',
  'MIT/X11',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'PSF-2.0',
  'MPL-2.0',
  'MIT AND MPL-2.0',
];

/**
 * Packages from before the field `license` was usual. All come with blessed-contrib, for widgets that are never loaded
 * here (the next test): `buffers` names no licence anywhere, the others say MIT in their files or older fields.
 */
const UNSTATED = ['buffers', 'event-stream', 'memorystream', 'png-js', 'sparkline', 'term-canvas'];

test('every licence is one that the kit may be given away with', () => {
  const unknown = packages.filter(({ license }) => license !== undefined && !LICENCES.includes(license));
  expect(unknown.map(({ name, license }) => `${name}: ${license}`)).toEqual([]);
  const unstated = packages.filter(({ license }) => license === undefined).map(({ name }) => name);
  expect(unstated.sort()).toEqual(UNSTATED);
});

test('no code of a package without a stated licence is loaded by the dashboard', () => {
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  expect(loaded.some((path) => path.includes('/node_modules/blessed-contrib/'))).toBe(true);
  const unstated = loaded.filter((path) => UNSTATED.some((name) => path.includes(`/node_modules/${name}/`)));
  expect(unstated).toEqual([]);
});
