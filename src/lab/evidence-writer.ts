import { createHash } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { KitError } from '../bytes/index.ts';
import {
  type AppRecord,
  CALLS_FILE,
  EVIDENCE_FILE,
  type Manifest,
  type SocketRecord,
  SOCKETS_FILE,
  type Text,
} from '../check/index.ts';

/** Files that are made from the evidence, and so are not part of what is sealed. */
const MADE_LATER = /^(report.*\.md|result\.json|.*\.svg)$/;

/**
 * Writes an evidence directory while the run goes on, so that whatever ends it leaves what was seen until then. The
 * manifest says `running` until `complete` or `incomplete` is called: a directory that still says so was killed.
 */
export class EvidenceWriter {
  readonly directory: string;
  readonly manifest: Manifest;
  readonly #calls: number;
  readonly #sockets: number;
  #open = true;

  constructor(directory: string, manifest: Manifest) {
    this.directory = directory;
    this.manifest = manifest;
    this.#calls = guard(directory, () => openSync(join(directory, CALLS_FILE), 'wx', 0o644));
    this.#sockets = guard(directory, () => openSync(join(directory, SOCKETS_FILE), 'wx', 0o644));
    this.save();
  }

  call(record: AppRecord): void {
    this.#append(this.#calls, record);
  }

  socket(record: SocketRecord): void {
    this.#append(this.#sockets, record);
  }

  file(name: string, content: string): void {
    guard(this.directory, () => writeFileSync(join(this.directory, name), content));
  }

  /** Writes the manifest as it is now; readers see the old one or the new one, never half. */
  save(): void {
    const path = join(this.directory, EVIDENCE_FILE);
    guard(this.directory, () => {
      writeFileSync(`${path}.new`, `${JSON.stringify(this.manifest, null, 2)}\n`);
      renameSync(`${path}.new`, path);
    });
  }

  /** The run has done all it was to do: every file gets its digest. */
  complete(endedAtUs: number): void {
    this.#close();
    this.manifest.endedAtUs = endedAtUs;
    for (const file of readdirSync(this.directory)) {
      if (file.startsWith(EVIDENCE_FILE) || MADE_LATER.test(file)) continue;
      const digest = createHash('sha256').update(readFileSync(join(this.directory, file)));
      this.manifest.files[file] = digest.digest('hex');
    }
    this.manifest.status = 'complete';
    this.save();
  }

  incomplete(reason: Text, endedAtUs: number): void {
    this.#close();
    this.manifest.endedAtUs = endedAtUs;
    this.manifest.status = 'incomplete';
    this.manifest.reason = reason;
    this.save();
  }

  #append(descriptor: number, record: AppRecord | SocketRecord): void {
    // A process may still speak while it is being ended; by then the files are closed.
    if (!this.#open) return;
    guard(this.directory, () => writeSync(descriptor, `${JSON.stringify(record)}\n`));
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#calls);
    closeSync(this.#sockets);
  }
}

/** Makes the directory of a run. Throws `not-writable` (usage) or `not-empty` (usage). */
export function makeDirectory(directory: string): void {
  guard(directory, () => mkdirSync(directory, { recursive: true, mode: 0o755 }));
  if (readdirSync(directory).length > 0) {
    throw new KitError('not-empty', `${directory} is not empty, and a run never overwrites evidence`, {
      fault: 'usage',
      hint: 'Give another --out, or remove the directory.',
    });
  }
}

function guard<T>(directory: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const errno = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
    if (errno === 'ENOSPC' || errno === 'EDQUOT') {
      throw new KitError('disk-full', `the disk that holds ${directory} is full`, {
        fault: 'machine',
        hint: 'Make room, or give a directory elsewhere with --out. What was written so far is kept.',
        cause: error,
      });
    }
    if (errno === 'EACCES' || errno === 'EROFS' || errno === 'EPERM' || errno === 'ENOTDIR') {
      throw new KitError(
        'not-writable',
        `${directory} cannot be written: ${error instanceof Error ? error.message : ''}`,
        {
          fault: 'usage',
          hint: 'Give a directory of your own with --out.',
          cause: error,
        },
      );
    }
    throw error;
  }
}
