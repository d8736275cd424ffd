import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A folder of the running test's own, with a space in its name (paths have them), removed when the test ends. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'socket lab '));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
