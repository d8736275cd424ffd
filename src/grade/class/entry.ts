import { english, KitError } from '../../bytes/index.ts';

/** One thing in an archive or a folder, as it calls itself. */
export interface Entry {
  readonly path: string;
  readonly kind: 'file' | 'link' | 'other';
  readonly executable: boolean;
  readonly bytes: () => Uint8Array;
  readonly size: number;
}

/** Of a whole submission, unpacked. */
export const MAX_BYTES = 256 * 1024 ** 2;

export const badArchive = (why: string, cause?: unknown): KitError =>
  new KitError('bad-archive', english(why), { fault: 'usage', cause });
