import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KitError, nearest } from '../../bytes/index.ts';
import { ARCHIVE, readHandedIn } from './archive.ts';

/** What one student handed in, unpacked into a folder of the grader's own. */
export interface Submission {
  /** The name of the folder, or of the archive without its ending. */
  readonly name: string;
  readonly student: string | null;
  /** Where it was handed in. */
  readonly source: string;
  /** Where it is unpacked; empty when it could not be. */
  readonly folder: string;
  readonly digest: string;
  readonly problems: readonly string[];
}

/** The submissions of a folder, by name. Files that begin with a point, and class.yaml, are none. */
export function findSubmissions(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => !name.startsWith('.'))
    .filter((name) => ARCHIVE.test(name) || lstatSync(join(directory, name)).isDirectory())
    .sort();
}

/** Of a folder or an archive: the submission's name, and the student's number in it. */
export function whoseIs(file: string, student: RegExp): Pick<Submission, 'name' | 'student'> {
  const name = file.replace(ARCHIVE, '');
  const match = student.exec(name);
  return { name, student: match === null ? null : (match[1] ?? match[0]) };
}

export function unpackSubmission(directory: string, name: string, into: string, student: RegExp): Submission {
  const source = join(directory, name);
  const base = { ...whoseIs(name, student), source };
  const folder = join(into, createHash('sha256').update(name).digest('hex').slice(0, 16));
  try {
    const { files, problems } = readHandedIn(source);
    const hash = createHash('sha256');
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    for (const [path, { bytes, executable }] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const target = join(folder, path);
      mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
      writeFileSync(target, bytes);
      chmodSync(target, executable ? 0o755 : 0o644);
      hash.update(`${path}\0${executable ? 'x' : '-'}${bytes.length}\0`).update(bytes);
    }
    return { ...base, folder, digest: hash.digest('hex'), problems };
  } catch (error) {
    const why = unreadable(error);
    const digest = createHash('sha256').update(`unreadable ${why}`).digest('hex');
    return { ...base, folder: '', digest, problems: [why] };
  }
}

/** One bad submission never stops the others; our own faults do. */
function unreadable(error: unknown): string {
  if (error instanceof KitError && error.fault === 'usage') return error.message;
  if (error instanceof Error && 'code' in error) return error.message;
  throw error;
}

/** Students rename folders; the nearest name helps to find the one that was meant. */
export function nearestFolder(folder: string, wanted: string): string | undefined {
  const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return nearest(
    wanted,
    names.map(({ name }) => name),
  )[0];
}
