import { z } from 'zod';
import type { Evidence } from './evidence.ts';
import { score, type Verdict } from './verdict.ts';

/** A text in both languages, as it stands in JSON. */
export const TEXT = z.object({ en: z.string(), zh: z.string() });

/** Where a statement can be looked up, as it stands in JSON. */
export const WHERE = z.discriminatedUnion('witness', [
  z.object({ witness: z.literal('wire'), file: z.string(), frames: z.array(z.number()) }),
  z.object({ witness: z.literal('application'), file: z.string(), lines: z.array(z.number()) }),
  z.object({ witness: z.literal('kernel'), file: z.string(), lines: z.array(z.number()) }),
]);

/** result.json: the verdicts of a run. */
export const RESULT = z.object({
  format: z.literal('socket-lab-kit result'),
  version: z.literal(1),
  lab: z.string(),
  runId: z.string(),
  evidence: z.string().describe('sha256 of the evidence.json that was judged'),
  student: z.string().nullable(),
  complete: z.boolean(),
  points: z.number(),
  of: z.number(),
  problems: z.array(z.object({ code: z.string(), text: TEXT })),
  verdicts: z.array(
    z.object({
      id: z.string(),
      title: TEXT,
      verdict: z.enum(['pass', 'fail', 'skipped', 'ungradable', 'error']),
      points: z.number(),
      expected: TEXT,
      actual: TEXT,
      hint: TEXT,
      where: z.array(WHERE),
    }),
  ),
});
export type Result = z.infer<typeof RESULT>;

export function resultOf(
  { manifest, manifestDigest, problems }: Evidence,
  verdicts: readonly Verdict[],
): Result {
  return RESULT.parse({
    format: 'socket-lab-kit result',
    version: 1,
    lab: manifest.lab,
    runId: manifest.runId,
    evidence: manifestDigest,
    student: manifest.student,
    complete: manifest.status === 'complete',
    ...score(verdicts),
    problems,
    verdicts,
  });
}
