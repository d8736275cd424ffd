import { z } from 'zod';
import { APP_RECORD } from '../check/index.ts';

/** What the lab and the client process on a host say to each other over the process's IPC channel. */

export const OPERATIONS = ['time', 'name', 'list', 'send', 'heartbeat', 'rename'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** How a series of calls is made: each after the answer to the one before, or all in one go. */
export const PACES = ['one-by-one', 'all-at-once'] as const;
export type Pace = (typeof PACES)[number];

export const ORDER = z.discriminatedUnion('order', [
  z.object({
    order: z.literal('connect'),
    id: z.number(),
    host: z.string(),
    port: z.number(),
    name: z.string(),
    nagle: z.boolean(),
    timeoutMs: z.number(),
    localPort: z.number().optional(),
  }),
  z.object({
    order: z.literal('calls'),
    id: z.number(),
    operation: z.enum(OPERATIONS),
    arguments: z.array(z.unknown()),
    count: z.number().int().min(1),
    pace: z.enum(PACES),
  }),
  z.object({ order: z.literal('disconnect'), id: z.number() }),
  z.object({ order: z.literal('reset'), id: z.number() }),
  z.object({ order: z.literal('exit'), id: z.number() }),
]);
export type Order = z.infer<typeof ORDER>;

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
