import { z } from 'zod';

/** What a lab's worker is told when it starts, and what it says to the command that started it. */

const text = z.object({ en: z.string(), zh: z.string() });

export const ORDERS = z.object({
  lab: z.string(),
  directory: z.string(),
  /** Name or path as the user gave it. */
  protocol: z.string(),
  student: z.string().nullable(),
  port: z.number(),
  command: z.array(z.string()),
  kit: z.string(),
  /** What the student expects, by the ids of lab.yaml's predictions. */
  predictions: z.record(z.string(), z.string()),
  /** Why the stage is not made of namespaces, when it is not. */
  whyLoopback: z.string().nullable(),
});
export type Orders = z.infer<typeof ORDERS>;

export const NEWS = z.discriminatedUnion('news', [
  z.object({ news: z.literal('progress'), step: text, done: z.number(), total: z.number() }),
  z.object({ news: z.literal('complete') }),
  z.object({
    news: z.literal('failed'),
    code: z.string(),
    fault: z.enum(['usage', 'peer', 'machine', 'kit']),
    message: z.string(),
    hint: z.string().nullable(),
  }),
]);
export type News = z.infer<typeof NEWS>;
