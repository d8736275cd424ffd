/** What the processes of a grading of a client say to one another, over IPC. */
import { z } from 'zod';
import { PROGRAM_END } from '../peers/program-end.ts';
import { HELD, rulingOf, TEXT } from '../peers/news.ts';
import { CONDUCTS } from './conduct.ts';
import { CLIENT_SCRIPT } from './script.ts';

/** From the command to the process on the stage. */
export const CLIENT_ORDERS = z.object({
  command: z.array(z.string()),
  cwd: z.string(),
  protocol: z.string(),
  seed: z.number(),
  script: CLIENT_SCRIPT,
  only: z.array(z.string()).nullable(),
  /** Whether the client is to be kept from changing the machine (host/enclosure.ts). */
  enclosed: z.boolean(),
  /** Of the client and all that it starts, together. */
  memoryMiB: z.number(),
  /** The one port that the client can be graded on; null: any. */
  port: z.number().nullable(),
  /** The file of the capture. */
  capture: z.string(),
});
export type ClientOrders = z.infer<typeof CLIENT_ORDERS>;

/** From there to the server on the other host. */
export const TEACHER_ORDERS = z.object({
  protocol: z.string(),
  seed: z.number(),
  address: z.string(),
  conduct: z.enum(CONDUCTS),
  port: z.number().nullable(),
});
export type TeacherOrders = z.infer<typeof TEACHER_ORDERS>;

/** What the server's calls say of the client's connection, the last one where there are more. */
const CALLS = z.object({
  clientPort: z.number(),
  wrote: z.number(),
  read: z.number(),
  /** Whether it has closed: then it no longer reads. */
  closed: z.boolean(),
  /** The requests that it has read, in order. */
  asked: z.array(z.string()),
});
export type Calls = z.infer<typeof CALLS>;

/** What the server saw and did. */
export const SAID = z.discriminatedUnion('said', [
  z.object({
    said: z.literal('listening'),
    port: z.number(),
    time: z.string(),
    name: z.string(),
    peer: z.string(),
    peerPort: z.string(),
  }),
  z.object({ said: z.literal('connected') }),
  z.object({ said: z.literal('asked'), type: z.string() }),
  z.object({ said: z.literal('invalid'), offset: z.number(), reason: z.string() }),
  /** It has something to do yet; or it is done with all. */
  z.object({ said: z.literal('acting') }),
  z.object({ said: z.literal('idle') }),
  /** Its socket of the client's connection is gone: what still comes is answered by RST. */
  z.object({ said: z.literal('closed') }),
  /** Two answers left in the other order. */
  z.object({ said: z.literal('swapped') }),
  /** As it was asked to; null: nobody has connected. */
  z.object({ said: z.literal('counted'), calls: CALLS.nullable() }),
  z.object({ said: z.literal('failed'), message: z.string() }),
]);
export type Said = z.infer<typeof SAID>;

/** What went wrong, as fields: the likely cause is made from these. */
export const CLIENT_SYMPTOM = z.discriminatedUnion('is', [
  z.object({ is: z.literal('not-connected') }),
  /** `unread`: bytes that lie in the client's socket. */
  z.object({ is: z.literal('not-shown'), asked: z.boolean(), unread: z.number(), busy: z.boolean() }),
  z.object({ is: z.literal('not-asked') }),
  z.object({ is: z.literal('not-a-packet'), offset: z.number(), reason: z.string() }),
  z.object({ is: z.literal('ended'), ...PROGRAM_END.shape }),
  z.object({ is: z.literal('said-nothing'), code: z.number().nullable() }),
  z.object({ is: z.literal('did-not-end'), busy: z.boolean(), unread: z.number() }),
]);
export type ClientSymptom = z.infer<typeof CLIENT_SYMPTOM>;

/** How the client and its socket stood when a check failed: what the kernel says. */
const PUPIL_FACTS = z.object({
  end: PROGRAM_END.nullable(),
  busy: z.boolean(),
  /** Its sockets to the server; bytes that it has not read, and that are not acknowledged. */
  sockets: z.array(z.object({ state: z.string(), unread: z.number(), unsent: z.number() })),
});
export type PupilFacts = z.infer<typeof PUPIL_FACTS>;

export const CLIENT_TRY = z.object({
  id: z.string(),
  seed: z.number(),
  verdict: z.enum(['pass', 'fail', 'skipped', 'error']),
  steps: z.array(TEXT),
  expected: TEXT,
  actual: TEXT,
  held: HELD,
  symptom: CLIENT_SYMPTOM.nullable(),
  output: z.string(),
  /** The other witnesses of a failure. */
  seen: z
    .object({ serverPort: z.number(), calls: CALLS.nullable(), facts: PUPIL_FACTS, atMs: z.number() })
    .nullable(),
});
export type ClientTry = z.infer<typeof CLIENT_TRY>;

/** The tries of a check, with what the wire says of the one that tells. */
export const CLIENT_TRIED = z.object({
  tries: z.array(CLIENT_TRY),
  unstable: z.boolean(),
  wire: TEXT.nullable(),
  frames: z.array(z.number()),
  ladder: z.string().nullable(),
  bytes: z.string().nullable(),
  contradiction: z.string().nullable(),
});
export type ClientTried = z.infer<typeof CLIENT_TRIED>;

export const CLIENT_RULING = rulingOf(CLIENT_TRIED);
export type ClientRuling = z.infer<typeof CLIENT_RULING>;
