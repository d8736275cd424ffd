import { createHash } from 'node:crypto';
import { readEvidence } from '../../check/index.ts';
import { readFiles } from '../../lab/index.ts';
import type { Handshake, Segment } from '../../tcp/index.ts';

/** Something that two runs do not have in common by chance. */
export interface Fingerprint {
  readonly kind: 'isn' | 'time' | 'stamp' | 'bytes';
  readonly value: string;
  readonly where: string;
}

/** Enough to see a copy by, and little enough to keep for a whole class. */
const MOST = 400;

/**
 * The initial sequence numbers of both ends (64 random bits, RFC 9293, section 3.4.1), the TCP timestamps of SYN and
 * SYN-ACK (RFC 7323, section 5.4 has them begin at random), the microsecond of each SYN, and the digest of each capture.
 * They are told apart: who changes one of them in a copy has the others to think of.
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
      .flatMap(({ directions, handshake, firstNs, firstFrame, segments }): Fingerprint[] => {
        const where = `${file} frame ${firstFrame}`;
        if (!handshake.complete) return [];
        return [
          { kind: 'isn', value: directions.map(({ baseSeq }) => baseSeq).join('/'), where },
          ...stamps(segments, handshake, where),
          { kind: 'time', value: String(Math.round(atUs(firstNs))), where },
        ];
      }),
  ]);
}

/** None where either end does not send them. */
function stamps(segments: readonly Segment[], { syn, synAck }: Handshake, where: string): Fingerprint[] {
  const values = [syn, synAck].map((wanted) => segments.find(({ frame }) => frame === wanted)?.tsVal ?? -1);
  return values.includes(-1) ? [] : [{ kind: 'stamp', value: values.join('/'), where }];
}
