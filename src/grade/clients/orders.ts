/** What the processes of a grading of a client say to one another, over IPC. */
import { z } from 'zod';
import { CONDUCTS } from './conduct.ts';
import { CLIENT_SCRIPT } from './script.ts';

const TEXT = z.object({ en: z.string(), zh: z.string() });

/** From the command to the process on the stage. */
export const CLIENT_ORDERS = z.object({
  command: z.array(z.string()),
  cwd: z.string(),
  protocol: z.string(),
  seed: z.number(),
  script: CLIENT_SCRIPT,
  only: z.array(z.string()).nullable(),
});
export type ClientOrders = z.infer<typeof CLIENT_ORDERS>;

/** From there to the server on the other host. */
export const TEACHER_ORDERS = z.object({
  protocol: z.string(),
  seed: z.number(),
  address: z.string(),
  conduct: z.enum(CONDUCTS),
});
export type TeacherOrders = z.infer<typeof TEACHER_ORDERS>;

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
  /** Two answers left in the other order. */
  z.object({ said: z.literal('swapped') }),
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
  z.object({ is: z.literal('ended'), code: z.number().nullable(), signal: z.string().nullable() }),
  z.object({ is: z.literal('said-nothing'), code: z.number().nullable() }),
  z.object({ is: z.literal('did-not-end'), busy: z.boolean(), unread: z.number() }),
]);
export type ClientSymptom = z.infer<typeof CLIENT_SYMPTOM>;

export const CLIENT_TRY = z.object({
  id: z.string(),
  verdict: z.enum(['pass', 'fail', 'skipped', 'error']),
  steps: z.array(TEXT),
  expected: TEXT,
  actual: TEXT,
  symptom: CLIENT_SYMPTOM.nullable(),
  output: z.string(),
});
export type ClientTry = z.infer<typeof CLIENT_TRY>;

export const CLIENT_RULING = z.discriminatedUnion('news', [
  z.object({ news: z.literal('tried'), tries: z.array(CLIENT_TRY), unstable: z.boolean() }),
  z.object({ news: z.literal('complete') }),
  z.object({
    news: z.literal('failed'),
    code: z.string(),
    fault: z.enum(['usage', 'peer', 'machine', 'kit']),
    message: z.string(),
    hint: z.string().nullable(),
  }),
]);
export type ClientRuling = z.infer<typeof CLIENT_RULING>;
