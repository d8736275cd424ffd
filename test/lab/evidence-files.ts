import { createHash } from 'node:crypto';
import { readFiles } from '../../src/lab/review.ts';
import type { Manifest } from '../../src/check/manifest.ts';

/** A run's files, to be changed by a test as a student (or an accident) would change them. */
export class EvidenceFiles {
  readonly files: Map<string, Uint8Array>;

  constructor(directory: string) {
    this.files = new Map([...readFiles(directory)].map(([name, bytes]) => [name, Uint8Array.from(bytes)]));
  }

  bytes(name: string): Uint8Array {
    const bytes = this.files.get(name);
    if (bytes === undefined) throw new Error(`the run has no ${name}`);
    return bytes;
  }

  text(name: string): string {
    return new TextDecoder().decode(this.bytes(name));
  }

  set(name: string, content: Uint8Array | string): this {
    this.files.set(name, typeof content === 'string' ? new TextEncoder().encode(content) : content);
    return this;
  }

  /** Changes the lines of a .jsonl file; undefined leaves one out. Fails when nothing changes. */
  lines(
    name: string,
    change: (record: Record<string, unknown>, index: number) => Record<string, unknown> | undefined,
  ): this {
    const before = this.text(name);
    const rows = before.split('\n').filter((row) => row !== '');
    const after = rows.flatMap((row, index) => {
      const record = change(JSON.parse(row) as Record<string, unknown>, index);
      return record === undefined ? [] : [`${JSON.stringify(record)}\n`];
    });
    if (after.join('') === before) throw new Error(`nothing changed in ${name}`);
    return this.set(name, after.join(''));
  }

  manifest(change: (manifest: Manifest) => void): this {
    const manifest = JSON.parse(this.text('evidence.json')) as Manifest;
    change(manifest);
    return this.set('evidence.json', JSON.stringify(manifest));
  }

  /** New digests, as somebody would make who changes evidence and knows the format. */
  seal(): this {
    this.manifest((manifest) => {
      for (const name of Object.keys(manifest.files)) manifest.files[name] = this.#digest(name);
    });
    const result = JSON.parse(this.text('result.json')) as object;
    return this.set('result.json', JSON.stringify({ ...result, evidence: this.#digest('evidence.json') }));
  }

  #digest(name: string): string {
    return createHash('sha256').update(this.bytes(name)).digest('hex');
  }
}
