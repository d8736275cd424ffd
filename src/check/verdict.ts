import type { Text } from './text.ts';

/**
 * What a check found.
 *
 * `pass`, `fail`; `skipped`: this machine or this run could not show it; `ungradable`: the evidence is not there, is
 * cut, or its witnesses contradict each other; `error`: the kit's own fault. Only `fail` costs points that the others
 * do not give.
 */
export type VerdictKind = 'pass' | 'fail' | 'skipped' | 'ungradable' | 'error';

/** Where a statement can be looked up. */
export type Where =
  | { readonly witness: 'wire'; readonly file: string; readonly frames: readonly number[] }
  /** Line numbers of the file, counted from 1. */
  | { readonly witness: 'application'; readonly file: string; readonly lines: readonly number[] }
  | { readonly witness: 'kernel'; readonly file: string; readonly lines: readonly number[] };

export interface Finding {
  readonly verdict: VerdictKind;
  readonly expected: Text;
  readonly actual: Text;
  readonly where: readonly Where[];
}

/** A check of a lab, as its lab.yaml describes it. */
export interface CheckText {
  readonly id: string;
  readonly points: number;
  readonly title: Text;
  /** What to look at when it fails. */
  readonly hint: Text;
}

export interface Verdict extends Finding, CheckText {}

/** Points reached and reachable. A check that could not be tried counts in neither. */
export function score(verdicts: readonly Verdict[]): { points: number; of: number } {
  let points = 0;
  let of = 0;
  for (const verdict of verdicts) {
    if (verdict.verdict === 'skipped' || verdict.verdict === 'error') continue;
    of += verdict.points;
    if (verdict.verdict === 'pass') points += verdict.points;
  }
  return { points, of };
}

const MAX_LISTED = 12;

/** `frames 4, 6, 8–207 of client.pcap`, for people; of long lists the beginning, the end and how many. */
export function whereText(where: Where): Text {
  const numbers = where.witness === 'wire' ? where.frames : where.lines;
  const shown = ranges(numbers, 4);
  const one = new Set(numbers).size === 1;
  return where.witness === 'wire'
    ? { en: `${where.file}: ${one ? 'frame' : 'frames'} ${shown}`, zh: `${where.file}：第 ${shown} 帧` }
    : { en: `${where.file}: ${one ? 'line' : 'lines'} ${shown}`, zh: `${where.file}：第 ${shown} 行` };
}

/** All that is cited of one file in one place. */
export function merged(places: readonly Where[]): Where[] {
  const byFile = new Map<string, Where>();
  for (const place of places) {
    const known = byFile.get(place.file);
    if (place.witness === 'wire') {
      const frames = known?.witness === 'wire' ? known.frames : [];
      byFile.set(place.file, { ...place, frames: [...frames, ...place.frames] });
    } else {
      const lines = known !== undefined && known.witness !== 'wire' ? known.lines : [];
      byFile.set(place.file, { ...place, lines: [...lines, ...place.lines] });
    }
  }
  return [...byFile.values()];
}

/** Ascending numbers with runs joined: `1, 3–7, 9`; of more than `most` runs `1, 3–7, … 412 (98 in all)`. */
export function ranges(numbers: readonly number[], most = MAX_LISTED): string {
  const sorted = [...new Set(numbers)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let index = 0; index < sorted.length;) {
    let end = index;
    while (end + 1 < sorted.length && sorted[end + 1] === (sorted[end] ?? 0) + 1) end++;
    const first = sorted[index] ?? 0;
    const last = sorted[end] ?? 0;
    if (end === index + 1) parts.push(`${first}`, `${last}`);
    else parts.push(first === last ? `${first}` : `${first}–${last}`);
    index = end + 1;
  }
  if (parts.length <= most) return parts.join(', ');
  return `${parts.slice(0, most - 1).join(', ')}, … ${parts.at(-1) ?? ''} (${sorted.length})`;
}
