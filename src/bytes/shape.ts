/**
 * What a file of YAML or JSON has wrong, for whoever wrote it: a schema's own sentences are for programmers ("Invalid
 * input: expected object, received undefined"). The file may be a student's first.
 */
import { alike } from './nearest.ts';
import { safeText } from './safe-text.ts';
import { same, text, type Text } from './text.ts';

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

const KINDS: Readonly<Record<string, Text>> = {
  object: text('keys with values', '若干“键: 值”'),
  record: text('keys with values', '若干“键: 值”'),
  array: text('a list', '列表'),
  string: text('text', '文字'),
  number: text('a number', '数'),
  int: text('a whole number', '整数'),
  boolean: text('true or false', 'true 或 false'),
};

/** So many keys that there are not are named, the rest is counted; and of each so many characters. */
const MOST_KEYS = 8;
const LONGEST_KEY = 64;

/**
 * One sentence for one issue, without its place. `whole` is what was read; `known` are the keys that there are, for a "did
 * you mean". A sentence that the schema has of its own (no "Invalid …") is kept; `sentences` has it in both languages.
 */
export function shapeSentence(
  issue: ShapeIssue,
  whole: unknown,
  known: readonly string[] = [],
  sentences: ReadonlyMap<string, Text> = new Map(),
): Text {
  const name = nameOf(issue.path.at(-1));
  const value = valueAt(whole, issue.path);
  const own = !/^(Invalid|Too |Unrecognized)/.test(issue.message);
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys ?? [];
    const more = keys.length - MOST_KEYS;
    const told = keys.slice(0, MOST_KEYS).map((one) => strangerSentence(one, known));
    if (more > 0) told.push(text(`and ${more} more such keys`, `还有 ${more} 个这样的键`));
    return text(told.map(({ en }) => en).join('; '), told.map(({ zh }) => zh).join('；'));
  }
  const wanted = own ? (sentences.get(issue.message) ?? same(issue.message)) : wantedBy(issue);
  if (value === undefined) {
    const missing = text(`${name.en} is missing`, `缺少${spaced(name.zh)}`);
    return wanted.en === '' ? missing : text(`${missing.en}: ${wanted.en}`, `${missing.zh}：${wanted.zh}`);
  }
  if (own) return text(`${name.en}: ${wanted.en}`, `${name.zh}：${wanted.zh}`);
  const shown = safeText(JSON.stringify(value)).slice(0, 60);
  return wanted.en === ''
    ? text(`${name.en} cannot be ${shown}`, `${name.zh} 不能是 ${shown}`)
    : text(
        `${name.en} wants ${wanted.en}, not ${shown}`,
        `${name.zh} 应为${spaced(wanted.zh)}，而不是 ${shown}`,
      );
}

function nameOf(key: PropertyKey | undefined): Text {
  if (key === undefined) return text('the file', '整个文件');
  return typeof key === 'number' ? text(`entry ${key + 1}`, `第 ${key + 1} 项`) : same(String(key));
}

/** A space between Chinese and what begins with a Latin letter or a digit. */
const spaced = (words: string): string => (/^[\x21-\x7e]/.test(words) ? ` ${words}` : words);

/** A file may have ten thousand such keys, or one of a megabyte: to look for what each is like would take for ever. */
function strangerSentence(key: string, known: readonly string[]): Text {
  // A key that is known is so at another place.
  const others = known.filter((one) => one !== key);
  const like = key.length > LONGEST_KEY ? undefined : alike(key, others);
  const shown = `${safeText(key.slice(0, LONGEST_KEY))}${key.length > LONGEST_KEY ? '…' : ''}`;
  return text(
    `there is no key ${shown} here${like === undefined ? '' : `; is it ${like}?`}`,
    `这里没有键 ${shown}${like === undefined ? '' : `；是不是 ${like}？`}`,
  );
}

/** The same in English behind the place, as far as keys say it: for a file whose lines nobody has counted. */
export function placed(issue: ShapeIssue, whole: unknown): string {
  const around = issue.code === 'unrecognized_keys' ? issue.path : issue.path.slice(0, -1);
  const place = around.map((step) => (typeof step === 'number' ? `entry ${step + 1}` : String(step)));
  return [...place, shapeSentence(issue, whole).en].join(': ');
}

function wantedBy({ code, expected, values = [], origin, minimum, maximum }: ShapeIssue): Text {
  switch (code) {
    case 'invalid_type':
      return KINDS[String(expected)] ?? same(String(expected));
    case 'invalid_value': {
      const words = values.map(String);
      const last = words.at(-1) ?? '';
      if (words.length < 2) return same(last);
      const others = words.slice(0, -1);
      return text(`${others.join(', ')} or ${last}`, `${others.join('、')} 或 ${last}`);
    }
    case 'too_small':
      return limited(text('at least', '至少'), origin, minimum);
    case 'too_big':
      return limited(text('at most', '至多'), origin, maximum);
    default:
      return same('');
  }
}

function limited(how: Text, origin: unknown, count: unknown): Text {
  const unit = UNITS[String(origin)];
  const en = `${how.en} ${String(count)}`;
  const zh = `${how.zh} ${String(count)}`;
  if (unit === undefined) return text(en, zh);
  return text(`${en} ${count === 1 ? unit.one : unit.many}`, `${zh} ${unit.zh}`);
}

const UNITS: Readonly<Record<string, { one: string; many: string; zh: string }>> = {
  array: { one: 'entry', many: 'entries', zh: '项' },
  string: { one: 'character', many: 'characters', zh: '个字符' },
};

function valueAt(whole: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined,
    whole,
  );
}
