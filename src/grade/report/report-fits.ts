/**
 * The report against the one that its evidence makes. What stands in answer fields is the student's; lines that were
 * added are the student's own words; a line that is not there as the evidence makes it was changed or taken out.
 */
import { type GradedInput, type Language, type Text, text, withoutAnswers } from '../../check/index.ts';

/** Nobody changes more lines than this by accident; the rest is counted. */
const MOST = 12;
/** The table of the comparison has lines times lines cells. */
const MAX_CELLS = 30_000_000;
const MAX_SHOWN = 100;

export interface LineChange {
  /** Of the report that was handed in, from 1. */
  readonly line: number;
  /** undefined: the line was taken out. */
  readonly says: string | undefined;
  readonly shouldSay: string;
}

export const reportLanguage = (report: string): Language => (report.includes('实验目的') ? 'zh' : 'en');

/** The lines that were changed or taken out; undefined when the two are too long, and too unlike, to be compared. */
export function lineChanges(report: string, made: string): LineChange[] | undefined {
  const given = linesOf(report);
  const wanted = linesOf(made);
  let head = 0;
  while (head < given.length && head < wanted.length && given[head]?.text === wanted[head]?.text) head++;
  let tail = 0;
  const common = Math.min(given.length, wanted.length) - head;
  while (tail < common && given.at(-1 - tail)?.text === wanted.at(-1 - tail)?.text) tail++;
  const a = given.slice(head, given.length - tail);
  const b = wanted.slice(head, wanted.length - tail);
  if (a.length * b.length > MAX_CELLS) return undefined;
  return changesBetween(a, b, given[head - 1]?.line ?? 0);
}

interface Numbered {
  readonly line: number;
  readonly text: string;
}

/** Empty lines say nothing, and a field counts as one line whatever stands in it. */
function linesOf(report: string): Numbered[] {
  const kept = withoutAnswers(report.replaceAll('\r\n', '\n'));
  return kept
    .split('\n')
    .map((line, index) => ({ line: index + 1, text: line.trim() }))
    .filter(({ text: line }) => line !== '');
}

function changesBetween(a: readonly Numbered[], b: readonly Numbered[], before: number): LineChange[] {
  const common = commonLengths(a, b);
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  const changes: LineChange[] = [];
  let [i, j, last] = [0, 0, before];
  while (j < b.length) {
    const [have, want] = [a[i], b[j]];
    if (want === undefined) break;
    if (have !== undefined && have.text === want.text) {
      [i, j, last] = [i + 1, j + 1, have.line];
      continue;
    }
    const takenOut = have === undefined || at(i, j + 1) > at(i + 1, j);
    const changed = have !== undefined && at(i + 1, j + 1) === at(i, j);
    if (changed) {
      changes.push({ line: have.line, says: have.text, shouldSay: want.text });
      [i, j, last] = [i + 1, j + 1, have.line];
    } else if (takenOut) {
      changes.push({ line: last + 1, says: undefined, shouldSay: want.text });
      j++;
    } else {
      [i, last] = [i + 1, have.line];
    }
  }
  return changes;
}

/** Length of the longest common subsequence of each pair of tails. */
function commonLengths(a: readonly Numbered[], b: readonly Numbered[]): Uint32Array[] {
  const table = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const below = table[i + 1];
      const row = table[i];
      if (below === undefined || row === undefined) continue;
      row[j] = a[i]?.text === b[j]?.text ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return table;
}

const TITLE = text('The report says what its evidence shows', '报告与其证据一致');
const EXPECTED = text('every line as the evidence makes it', '每一行都与证据生成的内容相同');
const base = { id: 'report-fits', title: TITLE, maxPoints: 0, expected: EXPECTED };

/** The check of the whole report. It has no points: the points are those of the evidence, and of the answers. */
export function reportFits(report: string | undefined, made: string): GradedInput {
  if (report === undefined) {
    const actual = text('there is no report.md', '没有 report.md');
    return { ...base, verdict: 'skipped', because: 'does-not-apply', actual };
  }
  const changes = lineChanges(report, made);
  if (changes === undefined)
    return {
      ...base,
      verdict: 'ungradable',
      actual: text('it is another text altogether', '完全是另一份文本'),
    };
  if (changes.length === 0) return { ...base, verdict: 'pass', actual: text('it does', '一致') };
  return {
    ...base,
    verdict: 'ungradable',
    actual: text(`${changes.length} lines were changed or taken out`, `有 ${changes.length} 行被修改或删除`),
    steps: changes.slice(0, MOST).map(told),
    hint: text(
      'Own words belong into the fields of section 7; everything else is made from the evidence.',
      '自己的内容请写在第 7 节的填写处，其余部分均由证据生成。',
    ),
  };
}

function told({ line, says, shouldSay }: LineChange): Text {
  const [x, y] = around(says ?? '', shouldSay);
  return says === undefined
    ? text(`line ${line} is missing: ${y}`, `第 ${line} 行缺失：${y}`)
    : text(
        `line ${line} says: ${x} – the evidence makes it: ${y}`,
        `第 ${line} 行写着：${x}，而证据生成的是：${y}`,
      );
}

/** Both lines around the place where they differ. */
function around(a: string, b: string): [string, string] {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const from = Math.max(0, at - 30);
  const cut = (line: string): string => {
    const part = line.slice(from, from + MAX_SHOWN);
    return `${from > 0 ? '…' : ''}${part}${from + MAX_SHOWN < line.length ? '…' : ''}`;
  };
  return [cut(a), cut(b)];
}
