import { z } from 'zod';
import type { Evidence } from './evidence.ts';
import { score, type Verdict } from './verdict.ts';

const both = z.object({ en: z.string(), zh: z.string() });

/** result.json: the verdicts of a run. */
export const RESULT = z.object({
  format: z.literal('socket-lab-kit result'),
  version: z.literal(1),
  lab: z.string(),
  runId: z.string(),
  student: z.string().nullable(),
  complete: z.boolean(),
  points: z.number(),
  of: z.number(),
  problems: z.array(z.object({ code: z.string(), text: both })),
  verdicts: z.array(
    z.object({
      id: z.string(),
      title: both,
      verdict: z.enum(['pass', 'fail', 'skipped', 'ungradable', 'error']),
      points: z.number(),
      expected: both,
      actual: both,
      hint: both,
      where: z.array(
        z.discriminatedUnion('witness', [
          z.object({ witness: z.literal('wire'), file: z.string(), frames: z.array(z.number()) }),
          z.object({ witness: z.literal('application'), file: z.string(), lines: z.array(z.number()) }),
          z.object({ witness: z.literal('kernel'), file: z.string(), lines: z.array(z.number()) }),
        ]),
      ),
    }),
  ),
});
export type Result = z.infer<typeof RESULT>;

export function resultOf({ manifest, problems }: Evidence, verdicts: readonly Verdict[]): Result {
  return RESULT.parse({
    format: 'socket-lab-kit result',
    version: 1,
    lab: manifest.lab,
    runId: manifest.runId,
    student: manifest.student,
    complete: manifest.status === 'complete',
    ...score(verdicts),
    problems,
    verdicts,
  });
}
