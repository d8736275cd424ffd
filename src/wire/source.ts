import { EVENT_ID, getScalarValue, load, parseEvents, YAMLException, type Event } from 'js-yaml';
import { KitError, text, type Text } from '../bytes/index.ts';
import { yamlWords } from './yaml-words.ts';

/** A place in a YAML file, counted from 1 as editors do. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export type Path = readonly (string | number)[];

/** A YAML document that remembers where each of its values stands. */
export interface Source {
  readonly file: string;
  readonly value: unknown;
  /** The place of the value at `path`, or of the nearest one around it that exists. */
  locate(path: Path): Place;
}

/** What kind of file is read, for its bounds and its hints. */
export interface SourceKind {
  /** More than any such file needs: it may be written by somebody we do not know. */
  readonly mostCharacters: number;
  /** What to do when it is longer, or empty. */
  readonly longHint: Text;
  readonly emptyHint: Text;
}

const DESCRIPTION: SourceKind = {
  mostCharacters: 256 * 1024,
  longHint: text(
    'A description is a page of YAML; check that this is the right file.',
    '一份描述只是一页 YAML；请检查文件是否正确。',
  ),
  emptyHint: text(
    'The file is empty; docs/DESCRIBE-YOUR-PROTOCOL.md says how to begin.',
    '文件是空的；如何开始见 docs/DESCRIBE-YOUR-PROTOCOL.md。',
  ),
};

const MAX_DEPTH = 24;

/**
 * Reads one YAML document in the safe schema: plain data, no aliases, nesting and size bounded.
 *
 * @throws KitError `bad-yaml` (usage) with line and column.
 */
export function readSource(yaml: string, file: string, kind = DESCRIPTION): Source {
  const { mostCharacters: most, longHint } = kind;
  if (yaml.length > most) {
    throw new KitError(
      'bad-yaml',
      text(
        `${file}: ${yaml.length} characters; at most ${most} are read`,
        `${file}：有 ${yaml.length} 个字符；最多读取 ${most} 个`,
      ),
      { fault: 'usage', hint: longHint },
    );
  }
  const options = { filename: file, maxDepth: MAX_DEPTH, maxAliases: 0 };
  try {
    const value = load(yaml, options);
    const places = placesOf(yaml, parseEvents(yaml, options));
    const lines = lineStarts(yaml);
    return { file, value, locate: (path) => placeIn(lines, places, path) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const where = error.mark ? `:${error.mark.line + 1}:${error.mark.column + 1}` : '';
    const why = yamlWords(error.reason);
    throw new KitError('bad-yaml', text(`${file}${where}: ${why.en}`, `${file}${where}: ${why.zh}`), {
      fault: 'usage',
      hint: yamlHint(yaml.split('\n'), error.mark?.line ?? 0, kind),
      cause: error,
    });
  }
}

/** Characters that an input method for Chinese puts where YAML wants ASCII. */
const WIDE = /[：，“”‘’｛｝［］—\u3000]/;

/** What to look at: a parser notices a slip where it can go on no more, which is often a line later. */
function yamlHint(lines: readonly string[], at: number, { emptyHint }: SourceKind): Text {
  if (lines.every((line) => line.trim() === '')) return emptyHint;
  const near = [at - 1, at].filter((line) => lines[line] !== undefined && line >= 0);
  const wide = near.find((line) => WIDE.test(lines[line] ?? ''));
  if (wide !== undefined) {
    const character = WIDE.exec(lines[wide] ?? '')?.[0] ?? '';
    return text(
      `Line ${wide + 1} has ${character}, a full-width character: YAML wants the ASCII one, and a space behind a colon.`,
      `第 ${wide + 1} 行有全角字符“${character}”：YAML 要用半角字符，冒号之后还要有空格。`,
    );
  }
  if (near.some((line) => /^ *\t/.test(lines[line] ?? '')))
    return text('Indent with spaces.', '请用空格缩进。');
  const open = near.find((line) => unclosed(lines[line] ?? '') > 0);
  if (open !== undefined)
    return text(
      `Line ${open + 1} opens a { or [ that it does not close.`,
      `第 ${open + 1} 行的 { 或 [ 没有闭合。`,
    );
  return text(
    'Look there and one line above for a quote that is open, a colon without a space behind it, or another indentation.',
    '请看这一行和上一行：引号没有闭合、冒号之后没有空格，或缩进不一致。',
  );
}

const unclosed = (line: string): number => line.split(/[{[]/).length - line.split(/[}\]]/).length;

const keyOf = (path: Path): string => JSON.stringify(path);

/** Walks the parser's events and notes the offset of every key and value by its path. */
function placesOf(text: string, events: readonly Event[]): Map<string, number> {
  const places = new Map<string, number>();
  let at = 0;

  function skip(): void {
    const event = events[at++];
    if (event?.type === EVENT_ID.SEQUENCE || event?.type === EVENT_ID.MAPPING) {
      while (events[at]?.type !== EVENT_ID.POP) skip();
      at++;
    }
  }

  function walk(path: Path, keyOffset: number | undefined): void {
    const event = events[at++];
    if (event === undefined) return;
    if (event.type === EVENT_ID.SCALAR) {
      places.set(keyOf(path), keyOffset ?? event.valueStart);
    } else if (event.type === EVENT_ID.SEQUENCE) {
      places.set(keyOf(path), keyOffset ?? event.start);
      for (let index = 0; events[at] && events[at]?.type !== EVENT_ID.POP; index++)
        walk([...path, index], undefined);
      at++;
    } else if (event.type === EVENT_ID.MAPPING) {
      places.set(keyOf(path), keyOffset ?? event.start);
      while (events[at] && events[at]?.type !== EVENT_ID.POP) {
        const key = events[at];
        if (key?.type !== EVENT_ID.SCALAR) {
          skip();
          skip();
          continue;
        }
        at++;
        walk([...path, getScalarValue(text, key)], key.valueStart);
      }
      at++;
    } else if (event.type === EVENT_ID.DOCUMENT) {
      walk(path, undefined);
    }
  }

  walk([], undefined);
  return places;
}

/** Offsets at which lines begin: a text with thousands of faults must not be counted through for each. */
function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function placeIn(lines: readonly number[], places: ReadonlyMap<string, number>, path: Path): Place {
  for (let length = path.length; length >= 0; length--) {
    const offset = places.get(keyOf(path.slice(0, length)));
    if (offset === undefined) continue;
    let [low, high] = [0, lines.length];
    // The last line that begins at or before it.
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((lines[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (lines[low] ?? 0) + 1 };
  }
  return { line: 1, column: 1 };
}
