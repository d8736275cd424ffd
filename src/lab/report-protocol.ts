import { z } from 'zod';
import { APP_RECORD } from '../check/index.ts';

/** What a process of the lab says to the lab over its IPC channel; it needs none of this to say it. */

/** A failed call as it crosses the channel. */
const failure = z.object({ code: z.string(), message: z.string() });
export type CallFailure = z.infer<typeof failure>;

export const REPORT = z.discriminatedUnion('report', [
  z.object({ report: z.literal('ready') }),
  z.object({ report: z.literal('records'), records: z.array(APP_RECORD) }),
  z.object({ report: z.literal('done'), id: z.number(), value: z.unknown() }),
  z.object({ report: z.literal('failed'), id: z.number(), error: failure }),
  z.object({ report: z.literal('progress'), id: z.number(), done: z.number() }),
]);
export type Report = z.infer<typeof REPORT>;
