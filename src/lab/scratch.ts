import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { guard } from './directory.ts';

/**
 * Where the programs of a lab keep their configuration, pid files and the like while it runs. It lies in the evidence
 * directory, so that a run that is killed leaves nothing elsewhere, and goes when the run ends.
 */
const scratchOf = (directory: string): string => join(directory, 'scratch');

export function makeScratch(directory: string): string {
  const scratch = scratchOf(directory);
  guard(directory, () => mkdirSync(scratch, { recursive: true }));
  return scratch;
}

export function removeScratch(directory: string): void {
  guard(directory, () => rmSync(scratchOf(directory), { recursive: true, force: true }));
}
