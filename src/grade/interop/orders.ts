/** What the processes of one match, a student's client against a student's server, say to one another. */
import { z } from 'zod';
import { FAILED, TEXT } from '../peers/news.ts';
import { CLIENT_SCRIPT } from '../clients/script.ts';

/** From the class to the process on the stage. */
export const MATCH_ORDERS = z.object({
  protocol: z.string(),
  script: CLIENT_SCRIPT,
  /** Commands with all that goes in front of them; `{host}` and `{port}` stand for where the server is. */
  client: z.array(z.string()),
  server: z.array(z.string()),
  /** Of each of the two and all that it starts. */
  memoryMiB: z.number(),
  seed: z.number(),
  /** The file of the capture. */
  capture: z.string(),
});
export type MatchOrders = z.infer<typeof MATCH_ORDERS>;

/** From there to the kit's own client, a third party that must be in the list. */
export const NEIGHBOUR_ORDERS = z.object({
  protocol: z.string(),
  host: z.string(),
  port: z.number(),
  name: z.string(),
});
export type NeighbourOrders = z.infer<typeof NEIGHBOUR_ORDERS>;

/** `port` is its own, once it has one; `problem` is why it could not stay. */
export const NEIGHBOUR_SAID = z.object({ port: z.number().nullable(), problem: z.string().nullable() });

/** Whose fault a failure is, by what passed on the wire. */
export const AT_FAULT = z.enum(['client', 'server', 'unclear']);
export type AtFault = z.infer<typeof AT_FAULT>;

export const ROUND = z.object({
  id: z.string(),
  verdict: z.enum(['pass', 'fail', 'skipped']),
  dependsOn: z.array(z.string()),
  steps: z.array(TEXT),
  expected: TEXT,
  actual: TEXT,
  fault: AT_FAULT.nullable(),
  frames: z.array(z.number()),
  ladder: z.string().nullable(),
  bytes: z.string().nullable(),
  output: z.string(),
});
export type Round = z.infer<typeof ROUND>;

export const MATCH_RULING = z.discriminatedUnion('news', [
  z.object({ news: z.literal('complete'), rounds: z.array(ROUND) }),
  FAILED,
]);
export type MatchRuling = z.infer<typeof MATCH_RULING>;
