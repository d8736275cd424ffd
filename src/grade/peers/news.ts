/** What a grading process sends to the command that started it. Loads nothing but zod: every process of a grade has it. */
import { z } from 'zod';

export const TEXT = z.object({ en: z.string(), zh: z.string() });

/** Why a try has no outcome, and what to do about it: of an error or a skipped check. */
export const HELD = z
  .object({ because: z.enum(['kit', 'machine', 'does-not-apply', 'depends']), hint: TEXT.nullable() })
  .nullable();

const PROGRESS = z.object({ news: z.literal('progress'), id: z.string(), verdict: z.string() });

export const FAILED = z.object({
  news: z.literal('failed'),
  code: z.string(),
  fault: z.enum(['usage', 'peer', 'machine', 'kit']),
  message: TEXT,
  hint: TEXT.nullable(),
});

export type FailedNews = z.infer<typeof FAILED>;

/** The messages of a grading process whose checks are told as `tried`. */
export const rulingOf = <T extends z.ZodType>(tried: T) =>
  z.discriminatedUnion('news', [
    PROGRESS,
    z.object({
      news: z.literal('complete'),
      checks: z.array(tried),
      problems: z.array(TEXT),
      /** Whether tcpdump listened. */
      heard: z.boolean(),
    }),
    FAILED,
  ]);
