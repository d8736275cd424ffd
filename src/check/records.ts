import { z } from 'zod';

/**
 * The lines of calls.jsonl and sockets.jsonl. `atUs` everywhere is microseconds since 1970 on the machine's clock, the
 * one that tcpdump stamps packets with.
 */

const base = {
  atUs: z.number(),
  /** The host, and the process on it: `client`, `chatd`. */
  host: z.string(),
  process: z.string(),
};

const endpoint = z.object({ address: z.string(), port: z.number() });

/** What an application says that it did. */
export const APP_RECORD = z.discriminatedUnion('kind', [
  z.object({ ...base, kind: z.literal('started'), pid: z.number(), command: z.array(z.string()) }),
  z.object({
    ...base,
    kind: z.literal('ended'),
    pid: z.number(),
    code: z.number().nullable(),
    signal: z.string().nullable(),
  }),
  /** A client's API was called, and what came of it. `call` numbers the calls of one process. */
  z.object({
    ...base,
    kind: z.literal('call'),
    call: z.number(),
    operation: z.string(),
    arguments: z.array(z.unknown()),
  }),
  z.object({
    ...base,
    kind: z.literal('return'),
    call: z.number(),
    operation: z.string(),
    value: z.unknown(),
  }),
  z.object({
    ...base,
    kind: z.literal('throw'),
    call: z.number(),
    operation: z.string(),
    code: z.string(),
    message: z.string(),
  }),
  z.object({ ...base, kind: z.literal('connected'), local: endpoint, remote: endpoint }),
  /** A packet of the protocol, as the application wrote or read it; offsets count the bytes of the connection. */
  z.object({
    ...base,
    kind: z.literal('packet'),
    direction: z.enum(['sent', 'received']),
    /** Whose connection: the client's local port on the client, the client's number on the server. */
    connection: z.number(),
    type: z.string(),
    request: z.number(),
    offset: z.number(),
    bytes: z.number(),
  }),
  /** One write to the socket, and how many packets were in it. */
  z.object({
    ...base,
    kind: z.literal('write'),
    connection: z.number(),
    packets: z.number(),
    bytes: z.number(),
  }),
  /** A line of the daemon's log that is none of the above. */
  z.object({ ...base, kind: z.literal('log'), event: z.string(), fields: z.record(z.string(), z.unknown()) }),
]);
export type AppRecord = z.infer<typeof APP_RECORD>;

export const SOCKET_ROW = z.object({
  protocol: z.enum(['tcp', 'tcp6']),
  localAddress: z.string(),
  localPort: z.number(),
  remoteAddress: z.string(),
  remotePort: z.number(),
  state: z.string(),
  receiveQueueBytes: z.number(),
  sendQueueBytes: z.number(),
  timer: z.string(),
  timerMs: z.number(),
  retransmits: z.number(),
  probes: z.number(),
  uid: z.number(),
  inode: z.number(),
});
export type SocketRow = z.infer<typeof SOCKET_ROW>;

/** What the kernel said about its sockets. */
export const SOCKET_RECORD = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('change'),
    host: z.string(),
    change: z.enum(['appeared', 'changed', 'gone']),
    row: SOCKET_ROW,
    before: SOCKET_ROW.nullable(),
    /** The change happened after this; null when it was there at the first look. */
    notBeforeUs: z.number().nullable(),
    seenUs: z.number(),
  }),
  z.object({ kind: z.literal('heartbeat'), host: z.string(), rows: z.array(SOCKET_ROW), seenUs: z.number() }),
  /** All rows at a moment that the lab asked for. */
  z.object({
    kind: z.literal('snapshot'),
    host: z.string(),
    label: z.string(),
    rows: z.array(SOCKET_ROW),
    seenUs: z.number(),
  }),
  z.object({ kind: z.literal('gap'), fromUs: z.number(), toUs: z.number() }),
]);
export type SocketRecord = z.infer<typeof SOCKET_RECORD>;

/**
 * A line of transitions.jsonl: a change of state as the tracepoint `sock:inet_sock_set_state` told it. Only where the
 * run was root's; TIME_WAIT is another kind of socket and shows there as CLOSE.
 */
export const TRANSITION_RECORD = z.object({
  atUs: z.number(),
  host: z.string(),
  localAddress: z.string(),
  localPort: z.number(),
  remoteAddress: z.string(),
  remotePort: z.number(),
  from: z.string(),
  to: z.string(),
});
export type TransitionRecord = z.infer<typeof TRANSITION_RECORD>;

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
