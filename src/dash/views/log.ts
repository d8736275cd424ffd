/** Connects, closes and errors, the newest at the bottom. */
import type { Line, Style } from '../cells.ts';
import { clock } from '../figures.ts';
import type { LogLine } from '../snapshot.ts';

const TONES: Readonly<Record<LogLine['tone'], Style>> = {
  plain: {},
  good: { fg: 2 },
  bad: { fg: 1, bold: true },
};

export function logView(log: readonly LogLine[], height: number, back: number): Line[] {
  const end = Math.max(Math.min(height, log.length), log.length - back);
  return log
    .slice(Math.max(0, end - height), end)
    .map(({ atMs, tone, text }) => [{ text: `${clock(atMs)} ` }, { text, style: TONES[tone] }]);
}
