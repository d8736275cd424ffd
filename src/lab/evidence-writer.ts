import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  boundedReason,
  type AppRecord,
  CALLS_FILE,
  EVIDENCE_FILE,
  type Manifest,
  type SocketRecord,
  SOCKETS_FILE,
  type Text,
  TRANSITIONS_FILE,
  type TransitionRecord,
} from '../check/index.ts';
import { replaceOwnFile } from '../files/index.ts';
import { guard } from './directory.ts';

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
  #transitions: number | undefined;
  /** Told once when a record could not be written: what writes records are events, and nobody catches there. */
  readonly #failed: (error: unknown) => void;
  #open = true;

  constructor(directory: string, manifest: Manifest, failed: (error: unknown) => void) {
    this.#failed = failed;
    this.directory = directory;
    this.manifest = manifest;
    this.#calls = guard(directory, () => openSync(join(directory, CALLS_FILE), 'wx', 0o600));
    this.#sockets = guard(directory, () => openSync(join(directory, SOCKETS_FILE), 'wx', 0o600));
    this.save();
  }

  call(record: AppRecord): void {
    this.#append(this.#calls, record);
  }

  socket(record: SocketRecord): void {
    this.#append(this.#sockets, record);
  }

  /** Its file is made with the first one: most runs are not root's and have none. */
  transition(record: TransitionRecord): void {
    this.#transitions ??= guard(this.directory, () =>
      openSync(join(this.directory, TRANSITIONS_FILE), 'wx', 0o600),
    );
    this.#append(this.#transitions, record);
  }

  file(name: string, content: string): void {
    guard(this.directory, () => replaceOwnFile(join(this.directory, name), content));
  }

  /** Writes the manifest as it is now; readers see the old one or the new one, never half. */
  save(): void {
    const text = `${JSON.stringify(this.manifest, null, 2)}\n`;
    guard(this.directory, () => replaceOwnFile(join(this.directory, EVIDENCE_FILE), text));
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

  incomplete(reason: Text, failure: Manifest['failure'], endedAtUs: number): void {
    this.#close();
    this.manifest.endedAtUs = endedAtUs;
    this.manifest.status = 'incomplete';
    this.manifest.reason = boundedReason(reason);
    this.manifest.failure = failure;
    this.save();
  }

  #append(descriptor: number, record: AppRecord | SocketRecord | TransitionRecord): void {
    // A process may still speak while it is being ended; by then the files are closed.
    if (!this.#open) return;
    try {
      guard(this.directory, () => writeSync(descriptor, `${JSON.stringify(record)}\n`));
    } catch (error) {
      this.#close();
      this.#failed(error);
    }
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeSync(this.#calls);
    closeSync(this.#sockets);
    if (this.#transitions !== undefined) closeSync(this.#transitions);
  }
}
