import { z } from 'zod';

/** What the lab tells the client process on a host over the process's IPC channel. */

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
