import { z } from 'zod';
import { LACK } from './lacks.ts';

/** Protocols of others that the kit can read. */
export const APPLICATIONS = ['http', 'fastcgi'] as const;
export type Application = (typeof APPLICATIONS)[number];

const text = z.object({ en: z.string(), zh: z.string() });

/** The last moment that a date can be (ECMA-262, section 21.4.1.1: 8.64e15 ms). */
const LATEST_US = 8.64e18;

/**
 * evidence.json: what was run, where, with what, and which files hold what was seen. `schemas/evidence.schema.json` is
 * made from this.
 */
export const MANIFEST = z.object({
  format: z.literal('socket-lab-kit evidence'),
  version: z.literal(1),
  kit: z.string().describe('version of the kit'),
  lab: z.string(),
  status: z
    .enum(['running', 'complete', 'incomplete'])
    .describe('running: the run was killed before it could say anything else, unless it is still going on'),
  reason: text.nullable().describe('why it is incomplete'),
  failure: z
    .object({ code: z.string(), fault: z.enum(['usage', 'peer', 'machine', 'kit']) })
    .optional()
    .describe('what ended it before its end, for programs to go by'),
  runId: z.string(),
  startedAtUs: z.number().min(0).max(LATEST_US),
  endedAtUs: z.number().nullable(),
  student: z.string().nullable().describe('the number that fixed the variant'),
  command: z.array(z.string()).describe('how to run it again'),
  parameters: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  predictions: z
    .record(z.string(), z.string())
    .optional()
    .describe('what the student expected, asked before the run (--ask): option by question'),
  protocol: z.object({ name: z.string(), file: z.string(), sha256: z.string() }),
  world: z.object({
    kind: z.enum(['namespaces', 'loopback']),
    why: z.string().nullable().describe('why it is not namespaces, where it could not be'),
    subnet: z.string(),
    sysctls: z
      .record(z.string(), z.union([z.string(), z.number()]))
      .optional()
      .describe('kernel settings that every host was given'),
  }),
  hosts: z.array(
    z.object({
      name: z.string(),
      address: z.string(),
      interface: z.string(),
      capture: z
        .object({
          file: z.string(),
          captured: z.number(),
          dropped: z.number().describe('packets that the kernel lost before tcpdump had them'),
        })
        .nullable()
        .describe('null: this machine does not let us capture, or the run ended before'),
    }),
  ),
  captureProblem: z.string().nullable(),
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
      id: z.string(),
      startedAtUs: z.number(),
      endedAtUs: z.number().nullable(),
      facts: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
    }),
  ),
  sampler: z
    .object({ looks: z.number(), meanIntervalMs: z.number(), maxIntervalMs: z.number(), gaps: z.number() })
    .nullable(),
  stateTrace: z
    .object({
      transitions: z.number(),
      lost: z.number().describe('events that the kernel’s buffer had no room for'),
      why: z.string().nullable().describe('why there is none'),
    })
    .optional()
    .describe('the tracepoint sock:inet_sock_set_state, whose events are in transitions.jsonl'),
  environment: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
  files: z.record(z.string(), z.string()).describe('sha256 of every other file, once the run is complete'),
});
export type Manifest = z.infer<typeof MANIFEST>;
