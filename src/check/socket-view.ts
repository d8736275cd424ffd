import type { Evidence } from './evidence.ts';
import type { SocketRow } from './records.ts';
import { withTrace } from './traced-stays.ts';

/** One end of a connection as a host's table has it. */
export interface SocketName {
  readonly localPort: number;
  /** 0 for a listener. */
  readonly remotePort: number;
}

const isOf =
  ({ localPort, remotePort }: SocketName) =>
  (row: SocketRow): boolean =>
    row.localPort === localPort &&
    row.remotePort === remotePort &&
    (remotePort === 0) === (row.state === 'LISTEN');

/** A socket in a snapshot that the lab asked for. `row` is undefined when the table had no such socket. */
export interface Seen {
  readonly row: SocketRow | undefined;
  /** The row's state, `none` without one. */
  readonly state: string;
  readonly seenUs: number;
  /** Of sockets.jsonl. */
  readonly line: number;
}

/** undefined: the evidence has no such snapshot. */
export function socketAt(
  evidence: Evidence,
  host: string,
  label: string,
  name: SocketName,
): Seen | undefined {
  for (const { line, record } of evidence.sockets) {
    if (record.kind !== 'snapshot' || record.host !== host || record.label !== label) continue;
    const row = record.rows.find(isOf(name));
    return { row, state: row?.state ?? 'none', seenUs: record.seenUs, line };
  }
  return undefined;
}

/** How long a socket stayed in a state, by the tracepoint where it told, else as far as the sampler could see. Times are microseconds since 1970. */
export interface Stay {
  readonly state: string;
  /** It began after the first and before the second. */
  readonly notBeforeUs: number | null;
  readonly fromUs: number;
  /** It ended after the first and before the second; undefined when the run ended first. */
  readonly lastSeenUs: number | undefined;
  readonly untilUs: number | undefined;
  /** Lines of sockets.jsonl that begin and end it. */
  readonly lines: readonly number[];
  /** The kernel's timer at the first look. */
  readonly timer: string;
  readonly timerMs: number;
  /** Its beginning is the tracepoint's word, to the microsecond. */
  readonly traced: boolean;
}

/**
 * The states of a socket one after the other. Where there is no trace of it, a state that came and went between two looks
 * is missing.
 */
export const staysOf = (evidence: Evidence, host: string, name: SocketName): readonly Stay[] =>
  withTrace(evidence, host, name, sampledStays(evidence, host, name));

function sampledStays(evidence: Evidence, host: string, name: SocketName): Stay[] {
  const stays: Stay[] = [];
  for (const { line, record } of evidence.sockets) {
    if (record.kind !== 'change' || record.host !== host || !isOf(name)(record.row)) continue;
    const open = stays.at(-1);
    if (record.change !== 'gone' && open?.untilUs === undefined && open?.state === record.row.state) continue;
    if (open !== undefined && open.untilUs === undefined) {
      stays[stays.length - 1] = {
        ...open,
        lastSeenUs: record.notBeforeUs ?? undefined,
        untilUs: record.seenUs,
        lines: [...open.lines, line],
      };
    }
    if (record.change === 'gone') continue;
    stays.push({
      state: record.row.state,
      notBeforeUs: record.notBeforeUs,
      fromUs: record.seenUs,
      lastSeenUs: undefined,
      untilUs: undefined,
      lines: [line],
      timer: record.row.timer,
      timerMs: record.row.timerMs,
      traced: false,
    });
  }
  return stays;
}

/** Every look at a socket that the evidence kept: changes, heartbeats and snapshots, in their order. */
export function looksAt(
  evidence: Evidence,
  host: string,
  name: SocketName,
): { readonly atUs: number; readonly row: SocketRow; readonly line: number }[] {
  return evidence.sockets.flatMap(({ line, record }) => {
    if (record.kind === 'gap' || record.host !== host) return [];
    if (record.kind === 'change') {
      return record.change !== 'gone' && isOf(name)(record.row)
        ? [{ atUs: record.seenUs, row: record.row, line }]
        : [];
    }
    const row = record.rows.find(isOf(name));
    return row === undefined ? [] : [{ atUs: record.seenUs, row, line }];
  });
}
