import { z } from 'zod';

/** What a program does with a connection by itself, as it would have been written to. */
export const HABITS = z.strictObject({
  /** Sends its FIN as soon as it reads the other's. */
  answersFin: z.boolean().optional(),
  /** SO_KEEPALIVE, with the times of the host's kernel. */
  keepAlive: z.boolean().optional(),
  /** Writes back what it reads. */
  echoes: z.boolean().optional(),
  /** Writes one line for each so many bytes that it has read. */
  answersEach: z.number().int().min(1).optional(),
  /** Aborts the connection when nothing was read for so long. */
  idleMs: z.number().min(1).optional(),
  /** Writes a line so often, and aborts when `beatsMissed` of them in a row brought nothing back. */
  beatMs: z.number().min(1).optional(),
  beatsMissed: z.number().int().min(1).optional(),
});
export type Habits = z.infer<typeof HABITS>;

/** What the lab tells a process that uses sockets by themselves. Connections are numbered by that process, from 1. */
export const PEER_ORDER = z.discriminatedUnion('order', [
  z.object({
    order: z.literal('listen'),
    id: z.number(),
    host: z.string(),
    port: z.number(),
    backlog: z.number().optional(),
    nagle: z.boolean(),
    /** Whether what arrives is read from the start. */
    reads: z.boolean(),
    habits: HABITS.optional(),
  }),
  z.object({
    order: z.literal('connect'),
    id: z.number(),
    host: z.string(),
    port: z.number(),
    localPort: z.number().optional(),
    nagle: z.boolean(),
    reads: z.boolean(),
    habits: HABITS.optional(),
  }),
  /** `bytes`: so many bytes of a pattern, in `writes` calls of write() of that size each. */
  z.object({
    order: z.literal('send'),
    id: z.number(),
    connection: z.number(),
    text: z.string().optional(),
    bytes: z.number().optional(),
    writes: z.number(),
  }),
  z.object({
    order: z.enum(['finish', 'abort', 'pause', 'resume']),
    id: z.number(),
    connection: z.number(),
  }),
  /** Resolves when the connection has read so many bytes, its peer's FIN, or is closed. */
  z.object({
    order: z.literal('await'),
    id: z.number(),
    connection: z.number(),
    bytes: z.number().optional(),
    event: z.enum(['open', 'bytes', 'ended', 'closed']),
  }),
  z.object({ order: z.literal('exit'), id: z.number() }),
]);
export type PeerOrder = z.infer<typeof PEER_ORDER>;
