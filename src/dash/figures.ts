/** Numbers short enough for a column. */
import type { Timer } from './snapshot.ts';

/** At most five cells: `999`, `9.9k`, `123M`. */
export function short(value: number | undefined): string {
  if (value === undefined) return '-';
  let rest = value;
  for (const unit of ['', 'k', 'M', 'G']) {
    if (rest < 999.5 || unit === 'G') {
      const digits = unit !== '' && rest < 99.95 ? 1 : 0;
      return `${rest.toFixed(unit === '' && rest > 0 && rest < 9.95 && !Number.isInteger(rest) ? 1 : digits)}${unit}`;
    }
    rest /= 1000;
  }
  return '';
}

/** `0.2s`, `58s`, `119m`. */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  if (seconds < 120) return `${Math.round(seconds)}s`;
  return `${Math.round(seconds / 60)}m`;
}

const TIMER_NAMES: Readonly<Record<string, string>> = {
  retransmit: 'rto',
  keepalive: 'keep',
  'time-wait': 'wait',
  persist: 'probe',
};

/** `rto 0.2s ×3`. */
export function timerText(timer: Timer | undefined): string {
  if (timer === undefined || timer.kind === 'none') return '-';
  const tries = timer.tries > 0 ? ` ×${timer.tries}` : '';
  return `${TIMER_NAMES[timer.kind] ?? timer.kind} ${duration(timer.leftMs)}${tries}`;
}

/** `21:05:12`, in local time. */
export function clock(atMs: number): string {
  const date = new Date(atMs);
  return [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
}
