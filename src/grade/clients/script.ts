/** The script of a client: what is typed for each question, and what must be shown then. */
import { runInNewContext } from 'node:vm';
import { load, YAMLException } from 'js-yaml';
import { z } from 'zod';
import { english, KitError, placed } from '../../bytes/index.ts';

const LONGEST = 200;
/** A pattern sees no more than the end of what was printed, and has no more time than this. */
const TAIL = 8_192;
const MATCH_MS = 250;

/** What `{…}` may name: where the server is, and the answers that it gives. */
export const VARIABLES = ['host', 'port', 'time', 'name', 'peer', 'peer-port'] as const;
export type Values = Readonly<Record<(typeof VARIABLES)[number], string>>;

const known = (words: string): boolean =>
  [...words.matchAll(/\{([a-z][a-z-]*)\}/g)].every(([, name]) => VARIABLES.some((one) => one === name));
const words = z
  .string()
  .max(LONGEST)
  .refine(known, `the variables are ${VARIABLES.map((name) => `{${name}}`).join(' ')}`);
const pattern = words
  .min(1)
  .refine((source) => sound(source), 'no regular expression (between slashes stands one)');
const STEP = z.union([z.strictObject({ send: words }), z.strictObject({ expect: pattern })]);
export type ScriptStep = z.infer<typeof STEP>;
const part = z.array(STEP).min(1).max(40);
/** An answer that nobody can know without asking must be shown, whoever wrote the script. */
const asking = (...variables: readonly string[]) =>
  part.refine(
    (steps) =>
      steps.some((step) => 'send' in step) &&
      steps.some((step) => 'expect' in step && variables.some((name) => step.expect.includes(`{${name}}`))),
    `something is sent, and ${variables.map((name) => `{${name}}`).join(' or ')} expected`,
  );

export const CLIENT_SCRIPT = z.strictObject({
  start: part.optional(),
  time: asking('time'),
  name: asking('name').optional(),
  list: asking('peer', 'peer-port').optional(),
  /** Two questions before any answer, for a client that can. */
  both: asking('time', 'name').optional(),
  /** How it says that the connection is lost, or that what came is no packet. */
  lost: pattern.optional(),
  quit: part.optional(),
});
export type ClientScript = z.infer<typeof CLIENT_SCRIPT>;
export type Asking = 'time' | 'name' | 'list';

/** Throws KitError `bad-script` (usage) that names the place. */
export function readClientScript(text: string, file: string): ClientScript {
  const bad = (why: string, cause?: unknown): KitError =>
    new KitError('bad-script', english(why), {
      fault: 'usage',
      hint: english('docs/GRADE-CLIENT.md shows a whole one.'),
      cause,
    });
  let value: unknown;
  try {
    value = load(text, { filename: file });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw bad(error.toString(true), error);
  }
  const parsed = CLIENT_SCRIPT.safeParse(value);
  if (parsed.success) return parsed.data;
  throw bad(parsed.error.issues.map((issue) => `${file}: ${placed(issue, value)}`).join('\n'));
}

const escaped = (plain: string): string => plain.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
const isRegex = (source: string): boolean =>
  source.length > 2 && source.startsWith('/') && source.endsWith('/');

function sound(source: string): boolean {
  if (!isRegex(source)) return true;
  try {
    return (
      new RegExp(
        fill(source.slice(1, -1), () => 'x'),
        'mu',
      ) instanceof RegExp
    );
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

const fill = (source: string, put: (name: string) => string): string =>
  source.replaceAll(/\{([a-z][a-z-]*)\}/g, (_whole, name: string) => put(name));

const valueOf = (values: Values, name: string): string =>
  VARIABLES.some((one) => one === name) ? values[name as keyof Values] : '';

/** What is typed. */
export const filled = (source: string, values: Values): string =>
  fill(source, (name) => valueOf(values, name));

/**
 * Whether `output` shows it. The regular expression is the lecturer's and the text the student's: together they may
 * take exponential time, so the match runs under V8's own deadline. Out of time is no match.
 */
export function shows(output: string, source: string, values: Values): boolean {
  const tail = output.slice(-TAIL);
  if (!isRegex(source)) return tail.includes(filled(source, values));
  const regex = fill(source.slice(1, -1), (name) => escaped(valueOf(values, name)));
  try {
    return (
      runInNewContext("new RegExp(regex, 'mu').test(tail)", { regex, tail }, { timeout: MATCH_MS }) === true
    );
  } catch (error) {
    // The error may be of the other context's realm, where Error is another class.
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
    throw error;
  }
}
