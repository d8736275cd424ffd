import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

/** Paths have spaces in them; ours do, so that none is forgotten. */
const PREFIX = 'socket lab ';

const make = (): string => mkdtempSync(join(tmpdir(), PREFIX));
const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true });

/** A folder of the running test's own, removed when the test ends. */
export function tempFolder(): string {
  const folder = make();
  onTestFinished(() => remove(folder));
  return folder;
}

/** The same for a group of tests: called while the group is defined, removed after its last test. */
export function sharedTempFolder(): string {
  const folder = make();
  afterAll(() => remove(folder));
  return folder;
}
