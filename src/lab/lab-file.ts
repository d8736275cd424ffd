import { load, YAMLException } from 'js-yaml';
import { z } from 'zod';
import { KitError } from '../bytes/index.ts';
import { APPLICATIONS } from '../check/index.ts';

/**
 * lab.yaml: everything of a lab that is text or number, in both languages. The code beside it (lab.ts) holds only what
 * cannot be data: the scenario, and what each check looks at.
 */

/** YAML joins folded lines with a space, which between Chinese characters does not belong. */
const chinese = z
  .string()
  .min(1)
  .transform((value) => value.replaceAll(/(?<=[\p{sc=Han}，。；：、）]) (?=[\p{sc=Han}（])/gu, ''));
const both = z.strictObject({ en: z.string().min(1), zh: chinese });
const lines = z.strictObject({ en: z.array(z.string()).min(1), zh: z.array(z.string()).min(1) });

export const LAB_FILE = z.strictObject({
  lab: z.string().regex(/^\d\d-[a-z0-9-]+$/),
  title: both,
  /** Rows of the original lab that this one serves, for the overview. */
  exercises: z.array(z.number()).optional(),
  questions: z.array(z.number()).optional(),
  purpose: lines,
  content: both,
  steps: lines,
  hosts: z.array(z.string()).min(1),
  /** Programs that are no part of the kit, by the names of their commands; without one of them the lab is skipped. */
  needs: z.array(z.string().regex(/^[a-z][a-z0-9.-]*$/)).optional(),
  /** What its connections speak when it is not the chat protocol; empty: nothing that the kit knows. */
  speaks: z.array(z.enum(APPLICATIONS)).optional(),
  /** Pulls cables, loses packets or sets the kernel: it needs hosts of their own. */
  namespaces: z.boolean().optional(),
  /** `loopback`: both ends of each connection are on one host, and the packets are captured at its `lo`. */
  wire: z.enum(['cable', 'loopback']).optional(),
  /** The port that the exercise names; otherwise the variant's. */
  port: z.number().int().min(1).max(65_535).optional(),
  /** How many ports the lab listens on, from the variant's own; 1 unless said. */
  ports: z.number().int().min(1).max(20).optional(),
  /** Kernel settings of every host. */
  sysctls: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  /** false: the kernel cuts data into segments of the MTU itself, as a wire would carry it. */
  offload: z.boolean().optional(),
  /**
   * How long the whole may take before it is given up: a bound against hanging, several times what a busy machine needs.
   * Of several labs the one with the greatest goes first.
   */
  boundSeconds: z.number().min(1).max(3600),
  parameters: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  /** Which of them a student's number moves, and up to where: from the value that stands among the parameters. */
  varies: z.record(z.string(), z.number().int()).optional(),
  /** What `--ask` asks before the run; lab.ts says under the same ids which option came true. */
  predictions: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z][a-z0-9-]*$/),
        question: both,
        options: z
          .array(z.strictObject({ id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/), text: both }))
          .min(2)
          .max(9),
      }),
    )
    .optional(),
  checks: z
    .array(z.strictObject({ id: z.string(), points: z.number().min(0), title: both, hint: both }))
    .min(1),
  /** What the student is to find in the own evidence and to write into the report. */
  answers: z
    .array(z.strictObject({ id: z.string(), points: z.number().min(0), question: both, hint: both }))
    .optional(),
});
export type LabFile = z.infer<typeof LAB_FILE>;

/** Throws KitError `bad-lab` (kit: labs come with the kit, or from somebody who writes one). */
export function readLabFile(text: string, file: string): LabFile {
  let value: unknown;
  try {
    value = load(text, { filename: file });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new KitError('bad-lab', error.toString(true), { cause: error });
  }
  const parsed = LAB_FILE.safeParse(value);
  const wrong = parsed.success ? wrongRanges(parsed.data) : [];
  if (parsed.success && wrong.length === 0) return parsed.data;
  const issues = parsed.success
    ? wrong.map((name) => `${file}: varies.${name}: parameters has no number ${name} below it`)
    : parsed.error.issues.map((issue) => `${file}: ${issue.path.join('.')}: ${issue.message}`);
  throw new KitError('bad-lab', issues.join('\n'));
}

/** Names under `varies` whose lowest value does not stand among the parameters. */
const wrongRanges = ({ parameters, varies = {} }: LabFile): string[] =>
  Object.entries(varies).flatMap(([name, most]) => {
    const low = parameters[name];
    return typeof low === 'number' && low < most ? [] : [name];
  });
