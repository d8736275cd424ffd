/** tcpdump's own count of packets. */
export type CaptureStats = {
  /** Written to the file. */
  captured: number;
  /** Taken by the kernel for this capture, dropped ones included (libpcap on Linux). */
  received: number;
  /** Lost because the buffer was full: in no file. */
  dropped: number;
};

const COUNTS: readonly (readonly [keyof CaptureStats, RegExp])[] = [
  ['captured', /(\d+) packets? captured/g],
  ['received', /(\d+) packets? received by filter/g],
  ['dropped', /(\d+) packets? dropped by kernel/g],
];

/**
 * The last complete statistics in what tcpdump printed, and how many there are; undefined before the first. After a
 * SIGUSR1 the three counts stand in one line, at the end in three.
 */
export function parseStats(text: string): { stats: CaptureStats; count: number } | undefined {
  const [captured = [], received = [], dropped = []] = COUNTS.map(([, pattern]) =>
    [...text.matchAll(pattern)].map((match) => Number(match[1])),
  );
  const count = Math.min(captured.length, received.length, dropped.length);
  if (count === 0) return undefined;
  const at = count - 1;
  return {
    stats: { captured: captured[at] ?? 0, received: received[at] ?? 0, dropped: dropped[at] ?? 0 },
    count,
  };
}
