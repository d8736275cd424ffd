/**
 * What a file of YAML or JSON has wrong, for whoever wrote it: a schema's own sentences are for programmers ("Invalid
 * input: expected object, received undefined"). The file may be a student's first.
 */
import { alike } from './nearest.ts';
import { safeText } from './safe-text.ts';

/** As much of a schema library's issue as is needed here. */
export interface ShapeIssue {
  readonly code: string;
  readonly message: string;
  readonly path: readonly PropertyKey[];
  readonly expected?: unknown;
  readonly values?: readonly unknown[];
  readonly keys?: readonly string[];
  readonly origin?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
}

const KINDS: Readonly<Record<string, string>> = {
  object: 'keys with values',
  record: 'keys with values',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** So many keys that there are not are named, the rest is counted; and of each so many characters. */
const MOST_KEYS = 8;
const LONGEST_KEY = 64;

/**
 * One sentence for one issue, without its place. `whole` is what was read; `known` are the keys that there are, for a "did
 * you mean". A sentence that the schema has of its own (no "Invalid …") is kept.
 */
export function shapeSentence(issue: ShapeIssue, whole: unknown, known: readonly string[] = []): string {
  const key = issue.path.at(-1);
  const name = key === undefined ? 'the file' : typeof key === 'number' ? `entry ${key + 1}` : String(key);
  const value = valueAt(whole, issue.path);
  const own = !/^(Invalid|Too |Unrecognized)/.test(issue.message);
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys ?? [];
    const more = keys.length - MOST_KEYS;
    return [
      ...keys.slice(0, MOST_KEYS).map((one) => strangerSentence(one, known)),
      ...(more > 0 ? [`and ${more} more such keys`] : []),
    ].join('; ');
  }
  const wanted = own ? issue.message : wantedBy(issue);
  if (value === undefined) return wanted === '' ? `${name} is missing` : `${name} is missing: ${wanted}`;
  if (own) return `${name}: ${wanted}`;
  const shown = safeText(JSON.stringify(value)).slice(0, 60);
  return wanted === '' ? `${name} cannot be ${shown}` : `${name} wants ${wanted}, not ${shown}`;
}

/** A file may have ten thousand such keys, or one of a megabyte: to look for what each is like would take for ever. */
function strangerSentence(key: string, known: readonly string[]): string {
  const like = key.length > LONGEST_KEY ? undefined : alike(key, known);
  const shown = safeText(key.slice(0, LONGEST_KEY));
  return `there is no key ${shown}${key.length > LONGEST_KEY ? '…' : ''} here${like === undefined ? '' : `; is it ${like}?`}`;
}

/** The same behind the place, as far as keys say it: for a file whose lines nobody has counted. */
export function placed(issue: ShapeIssue, whole: unknown): string {
  const around = issue.code === 'unrecognized_keys' ? issue.path : issue.path.slice(0, -1);
  const place = around.map((step) => (typeof step === 'number' ? `entry ${step + 1}` : String(step)));
  return [...place, shapeSentence(issue, whole)].join(': ');
}

function wantedBy({ code, expected, values = [], origin, minimum, maximum }: ShapeIssue): string {
  switch (code) {
    case 'invalid_type':
      return KINDS[String(expected)] ?? String(expected);
    case 'invalid_value': {
      const words = values.map(String);
      return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
    }
    case 'too_small':
      return `at least ${String(minimum)}${unit(origin, minimum)}`;
    case 'too_big':
      return `at most ${String(maximum)}${unit(origin, maximum)}`;
    default:
      return '';
  }
}

function unit(origin: unknown, count: unknown): string {
  const word = origin === 'array' ? 'entr' : origin === 'string' ? 'character' : '';
  if (word === '') return '';
  if (word === 'entr') return count === 1 ? ' entry' : ' entries';
  return count === 1 ? ` ${word}` : ` ${word}s`;
}

function valueAt(whole: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined,
    whole,
  );
}
