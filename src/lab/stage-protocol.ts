import { z } from 'zod';

/** What a lab's worker is told when it starts, and what it says to the command that started it. */

const text = z.object({ en: z.string(), zh: z.string() });

/** What the command hands on while the lab runs: state changes that only root may see, and that there are no more. */
export const HANDED_ON = z.discriminatedUnion('what', [
  z.object({
    what: z.literal('transition'),
    transition: z.object({
      atUs: z.number(),
      localAddress: z.string(),
      localPort: z.number(),
      remoteAddress: z.string(),
      remotePort: z.number(),
      from: z.string(),
      to: z.string(),
    }),
  }),
  z.object({ what: z.literal('settled'), lost: z.number() }),
]);
export type HandedOn = z.infer<typeof HANDED_ON>;

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
  /** How long the whole may take before it is given up. */
  boundSeconds: z.number(),
  /** Why there is no tracepoint; null when its events are handed on. */
  whyNoStateTrace: z.string().nullable(),
  /** Why the stage is not made of namespaces, when it is not. */
  whyLoopback: z.string().nullable(),
  /** The one line that would mend that. */
  mendLoopback: z.string().nullable(),
});
export type Orders = z.infer<typeof ORDERS>;

export const NEWS = z.discriminatedUnion('news', [
  z.object({ news: z.literal('progress'), step: text, done: z.number(), total: z.number() }),
  z.object({ news: z.literal('complete') }),
  /** The scenario is over: hand on what was traced until now. */
  z.object({ news: z.literal('settle') }),
  z.object({
    news: z.literal('failed'),
    code: z.string(),
    fault: z.enum(['usage', 'peer', 'machine', 'kit']),
    message: text,
    hint: text.nullable(),
  }),
]);
export type News = z.infer<typeof NEWS>;
