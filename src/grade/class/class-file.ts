/** class.yaml: what a class hands in, and how each part of it is graded. */
import { load, YAMLException } from 'js-yaml';
import { z } from 'zod';
import { english, KitError, placed } from '../../bytes/index.ts';
import { SANDBOX_LIMITS } from '../../host/index.ts';

const command = z.array(z.string().min(1)).min(1);
/** A regular expression; `^` and `$` are the ends of a line. */
const pattern = z.string().refine((source) => {
  try {
    return new RegExp(source, 'm') instanceof RegExp;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}, 'no regular expression');
const positive = z.number().positive();
const base = { id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/) };

/** Only these checks, and what they depend on. */
const only = z.array(z.string().min(1)).min(1).optional();

/** A folder within the submission; a path that leads elsewhere is refused. */
const inside = z
  .string()
  .min(1)
  .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), 'a path within the submission');

const TASK = z.discriminatedUnion('kind', [
  /** The evidence of a run, in this folder of the submission. */
  z.strictObject({
    ...base,
    kind: z.literal('report'),
    folder: inside,
    /** Name or number of the lab that it must be; without it whichever the folder's or the task's name says. */
    lab: z.union([z.string().min(1), z.number().int().positive()]).optional(),
  }),
  /** One of the kit's notebooks, with the student's answers. */
  z.strictObject({
    ...base,
    kind: z.literal('notebook'),
    /** Name or number of the notebook that it must be. */
    notebook: z.union([z.string().min(1), z.number().int().positive()]),
    /** Where it lies in the submission; by default under the notebook's own name. */
    file: inside.optional(),
  }),
  /** A program that is built and run by itself. */
  z.strictObject({
    ...base,
    kind: z.literal('program'),
    build: command.optional(),
    run: command,
    points: positive.default(10),
    expect: z
      .strictObject({ code: z.number().int().default(0), output: pattern.optional() })
      .default({ code: 0 }),
  }),
  /** A server or a client, graded by `chat-lab grade server` or `grade client`. */
  z.strictObject({
    ...base,
    only,
    kind: z.literal('server'),
    protocol: z.string().default('clp'),
    build: command.optional(),
    run: command,
  }),
  z.strictObject({
    ...base,
    only,
    kind: z.literal('client'),
    protocol: z.string().default('clp'),
    build: command.optional(),
    run: command,
    /** Beside class.yaml, or else in the submission. */
    script: inside.default('menu.yaml'),
  }),
]);
export type Task = z.infer<typeof TASK>;
export type TaskOf<K extends Task['kind']> = Extract<Task, { kind: K }>;

const CLASS_FILE = z.strictObject({
  class: z.string().min(1),
  /** Finds the student's number in a submission's name; its first group, or all of it. */
  student: pattern.default('\\d{4,20}'),
  tasks: z.array(TASK).min(1),
  /** Every client against every server of the same protocol, where the class has tasks of both kinds. */
  interop: z.boolean().default(true),
  limits: z
    .strictObject({
      seconds: positive.default(SANDBOX_LIMITS.seconds),
      memoryMiB: positive.default(SANDBOX_LIMITS.memoryMiB),
      processes: positive.int().default(SANDBOX_LIMITS.processes),
      outputKiB: positive.default(SANDBOX_LIMITS.outputKiB),
      fileMiB: positive.default(SANDBOX_LIMITS.fileMiB),
      scratchMiB: positive.default(SANDBOX_LIMITS.scratchMiB),
    })
    .prefault({}),
});
export type ClassFile = z.infer<typeof CLASS_FILE>;

/** Throws KitError `bad-class` (usage) that names the place. */
export function readClassFile(text: string, file: string): ClassFile {
  const bad = (why: string, cause?: unknown): KitError =>
    new KitError('bad-class', english(why), {
      fault: 'usage',
      hint: english('docs/GRADING.md shows a whole class.yaml.'),
      cause,
    });
  let value: unknown;
  try {
    value = load(text, { filename: file });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw bad(error.toString(true), error);
  }
  const parsed = CLASS_FILE.safeParse(value);
  if (!parsed.success)
    throw bad(parsed.error.issues.map((issue) => `${file}: ${placed(issue, value)}`).join('\n'));
  const ids = parsed.data.tasks.map(({ id }) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw bad(`${file}: two tasks have the id ${twice}`);
  return parsed.data;
}
