/** What the processes of a grading of a server say to one another, over IPC. */
import { z } from 'zod';
import { PROGRAM_END } from './program-end.ts';
import { HELD, rulingOf, TEXT } from './news.ts';

/** From the command to the referee that runs on the stage. */
export const REFEREE_ORDERS = z.object({
  command: z.array(z.string()),
  cwd: z.string(),
  protocol: z.string(),
  seed: z.number(),
  /** The one port that the server can use; null: it takes the port that it is told. */
  fixedPort: z.number().nullable(),
  /** Checks to run; null: all. What they depend on runs too. */
  only: z.array(z.string()).nullable(),
  /** Whether the server is to be kept from changing the machine (host/enclosure.ts). */
  enclosed: z.boolean(),
  /** Of the server and all that it starts, together. */
  memoryMiB: z.number(),
  scratch: z.string(),
});
export type RefereeOrders = z.infer<typeof REFEREE_ORDERS>;

/** From the referee to the driver, which runs on the host of the clients. */
export const DRIVER_ORDERS = z.object({
  protocol: z.string(),
  seed: z.number(),
  address: z.string(),
  fixedPort: z.number().nullable(),
  only: z.array(z.string()).nullable(),
});
export type DriverOrders = z.infer<typeof DRIVER_ORDERS>;

/** How the server and its socket stood when a check failed: what the kernel says. */
export const SERVER_FACTS = z.object({
  end: PROGRAM_END.nullable(),
  /** Whether any of its threads was running or ready to run. */
  busy: z.boolean(),
  listening: z.boolean(),
  /** Connections that wait for accept. */
  unaccepted: z.number(),
  /** The server's own end of the connection that it is about. */
  socket: z.object({ state: z.string(), unread: z.number(), unsent: z.number() }).nullable(),
  threads: z.number(),
  /** The most that waits in any other of its sockets for a peer that does not read. */
  unsentElsewhere: z.number(),
  /** Sockets whose peer has left and which the server has not closed. */
  closeWait: z.number(),
});
export type ServerFacts = z.infer<typeof SERVER_FACTS>;

/** What went wrong, as fields: the likely cause is made from these, never from a message's text. */
export const SYMPTOM = z.discriminatedUnion('is', [
  z.object({ is: z.literal('not-listening') }),
  z.object({ is: z.literal('refused') }),
  /** Of `wanted` answers `got` came, and behind them `rest` bytes that make no whole packet. */
  z.object({ is: z.literal('no-answer'), wanted: z.number(), got: z.number(), rest: z.number() }),
  /** An answer before the whole request had been sent. */
  z.object({ is: z.literal('early'), sent: z.number(), of: z.number() }),
  /** `times` as large as it should be. */
  z.object({ is: z.literal('wrong-unit'), times: z.number() }),
  z.object({ is: z.literal('closed'), by: z.enum(['fin', 'rst']) }),
  z.object({ is: z.literal('not-a-packet'), offset: z.number(), reason: z.string() }),
  z.object({ is: z.literal('wrong-value'), field: z.string() }),
  z.object({ is: z.literal('port-swapped') }),
  z.object({ is: z.literal('ghost') }),
  z.object({ is: z.literal('unasked') }),
  z.object({ is: z.literal('mixed-up') }),
  z.object({ is: z.literal('did-not-end') }),
  z.object({ is: z.literal('did-not-close') }),
  z.object({ is: z.literal('spins') }),
  z.object({ is: z.literal('descriptors'), left: z.number() }),
]);
export type Symptom = z.infer<typeof SYMPTOM>;

const PEER = z.object({
  name: z.string(),
  clientPort: z.number(),
  serverPort: z.number(),
  sent: z.number(),
  received: z.number(),
  ended: z.enum(['fin', 'rst']).nullable(),
  /** Whether it read to the end of what came, so that the capture must say the same. */
  readAll: z.boolean(),
});
export type PeerFacts = z.infer<typeof PEER>;

/** One try of one check. */
export const TRY = z.object({
  id: z.string(),
  seed: z.number(),
  verdict: z.enum(['pass', 'fail', 'skipped', 'error']),
  steps: z.array(TEXT),
  expected: TEXT,
  actual: TEXT,
  held: HELD,
  symptom: SYMPTOM.nullable(),
  facts: SERVER_FACTS.nullable(),
  peer: PEER.nullable(),
  /** When it failed, since 1970. */
  atMs: z.number().nullable(),
  bytes: z.string().nullable(),
  output: z.string(),
});
export type Try = z.infer<typeof TRY>;

/** From the driver to the referee. */
export const ASKED = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('start'), number: z.number(), port: z.number(), again: z.boolean() }),
  z.object({ ask: z.literal('end'), number: z.number(), pid: z.number() }),
  z.object({ ask: z.literal('tried'), number: z.number(), tries: z.array(TRY), unstable: z.boolean() }),
  z.object({ ask: z.literal('done'), number: z.number() }),
  z.object({ ask: z.literal('failed'), number: z.number(), message: z.string() }),
]);
export type Asked = z.infer<typeof ASKED>;

/** From the referee to the driver. */
export const TOLD = z.discriminatedUnion('tell', [
  z.object({
    tell: z.literal('started'),
    number: z.number(),
    pid: z.number(),
    problem: z.string().nullable(),
  }),
  z.object({ tell: z.literal('output'), number: z.number(), output: z.string() }),
  z.object({ tell: z.literal('noted'), number: z.number() }),
  z.object({ tell: z.literal('ended'), pid: z.number(), end: PROGRAM_END }),
]);
export type Told = z.infer<typeof TOLD>;

/** From the referee to the command: the tries of each check, with what the wire said beside them. */
export const TRIED = z.object({
  tries: z.array(TRY),
  unstable: z.boolean(),
  frames: z.array(z.number()),
  wire: TEXT.nullable(),
  ladder: z.string().nullable(),
  contradiction: z.string().nullable(),
});
export type Tried = z.infer<typeof TRIED>;

export const RULING = rulingOf(TRIED);
export type Ruling = z.infer<typeof RULING>;
