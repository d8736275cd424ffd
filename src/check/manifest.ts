import { z } from 'zod';
import { LACK } from './lacks.ts';
import type { Text } from './text.ts';

/** Protocols of others that the kit can read. */
export const APPLICATIONS = ['http', 'fastcgi'] as const;
export type Application = (typeof APPLICATIONS)[number];

/** Who hands evidence in can write what he likes into it, and it stands in the report. */
const word = z.string().max(4_096);
/** Of a sentence that may quote another program. */
const LONGEST_REASON = 16_384;
const reason = z.string().max(LONGEST_REASON);
const text = z.object({ en: reason, zh: reason });

/** The last moment that a date can be (ECMA-262, section 21.4.1.1: 8.64e15 ms). */
const LATEST_US = 8.64e18;

/**
 * evidence.json: what was run, where, with what, and which files hold what was seen. `docs/evidence.schema.json` is
 * made from this.
 */
export const MANIFEST = z.object({
  format: z.literal('socket-lab-kit evidence'),
  version: z.literal(1),
  kit: word.describe('version of the kit'),
  lab: word,
  status: z
    .enum(['running', 'complete', 'incomplete'])
    .describe('running: the run was killed before it could say anything else, unless it is still going on'),
  reason: text.nullable().describe('why it is incomplete'),
  failure: z
    .object({ code: word, fault: z.enum(['usage', 'peer', 'machine', 'kit']) })
    .optional()
    .describe('what ended it before its end, for programs to go by'),
  runId: word,
  startedAtUs: z.number().min(0).max(LATEST_US),
  endedAtUs: z.number().nullable(),
  student: word.nullable().describe('the number that fixed the variant'),
  command: z.array(word).describe('how to run it again'),
  parameters: z.record(word, z.union([z.number(), word, z.boolean()])),
  predictions: z
    .record(word, word)
    .optional()
    .describe('what the student expected, asked before the run (--ask): option by question'),
  protocol: z.object({ name: word, file: word, sha256: word }),
  world: z.object({
    kind: z.enum(['namespaces', 'loopback']),
    why: word.nullable().describe('why it is not namespaces, where it could not be'),
    subnet: word,
    sysctls: z
      .record(word, z.union([word, z.number()]))
      .optional()
      .describe('kernel settings that every host was given'),
  }),
  hosts: z.array(
    z.object({
      name: word,
      address: word,
      interface: word,
      capture: z
        .object({
          file: word,
          captured: z.number(),
          dropped: z.number().describe('packets that the kernel lost before tcpdump had them'),
        })
        .nullable()
        .describe('null: this machine does not let us capture, or the run ended before'),
    }),
  ),
  captureProblem: reason.nullable(),
  wire: z
    .enum(['cable', 'loopback'])
    .optional()
    .describe('loopback: both ends of each connection are on one host, captured at its lo'),
  speaks: z
    .array(z.enum(APPLICATIONS))
    .optional()
    .describe('what the connections speak when it is not the protocol of protocol.yaml'),
  lacks: z.array(LACK).optional().describe('what this machine does not have: the lab was skipped'),
  phases: z.array(
    z.object({
      id: word,
      startedAtUs: z.number(),
      endedAtUs: z.number().nullable(),
      facts: z.record(word, z.union([z.number(), word, z.boolean()])),
    }),
  ),
  sampler: z
    .object({ looks: z.number(), meanIntervalMs: z.number(), maxIntervalMs: z.number(), gaps: z.number() })
    .nullable(),
  stateTrace: z
    .object({
      transitions: z.number(),
      lost: z.number().describe('events that the kernel’s buffer had no room for'),
      why: word.nullable().describe('why there is none'),
    })
    .optional()
    .describe('the tracepoint sock:inet_sock_set_state, whose events are in transitions.jsonl'),
  environment: z.record(word, z.union([z.number(), word, z.boolean(), z.null()])),
  files: z.record(word, word).describe('sha256 of every other file, once the run is complete'),
});
export type Manifest = z.infer<typeof MANIFEST>;

/** As much of a reason as evidence may hold: it can quote all that a process said at last. */
export const boundedReason = ({ en, zh }: Text): Text => ({
  en: en.slice(0, LONGEST_REASON),
  zh: zh.slice(0, LONGEST_REASON),
});
