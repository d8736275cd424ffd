import { createHash } from 'node:crypto';
import { readEvidence } from '../../check/index.ts';
import { readFiles } from '../../lab/index.ts';

/** Something that two runs do not have in common by chance. */
export interface Fingerprint {
  readonly kind: 'isn' | 'time' | 'clock' | 'bytes';
  readonly value: string;
  readonly where: string;
}

/** Enough to see a copy by, and little enough to keep for a whole class. */
const MOST = 400;

/**
 * The initial sequence numbers of both ends (64 random bits, RFC 9293, section 3.4.1), the microsecond of each SYN, and
 * the digest of each capture.
 */
export function fingerprints(directory: string): Fingerprint[] {
  const files = readFiles(directory);
  const evidence = readEvidence(files, directory);
  return evidence.captures.flatMap(({ file, analysis, atUs }): Fingerprint[] => [
    {
      kind: 'bytes',
      value: createHash('sha256')
        .update(files.get(file) ?? '')
        .digest('hex'),
      where: file,
    },
    ...analysis.connections
      .slice(0, MOST)
      .flatMap(({ directions, handshake, firstNs, firstFrame }): Fingerprint[] => {
        const where = `${file} frame ${firstFrame}`;
        if (!handshake.complete) return [];
        return [
          { kind: 'isn', value: directions.map(({ baseSeq }) => baseSeq).join('/'), where },
          { kind: 'time', value: String(Math.round(atUs(firstNs))), where },
        ];
      }),
  ]);
}
