import type { Evidence, Line } from './evidence.ts';
import type { TransitionRecord } from './records.ts';
import type { SocketName } from './socket-view.ts';

/** Between the reading of a table and its time stamp a busy machine may do something else. */
const READ_MS = 100;

/** The changes of one socket by the tracepoint; undefined when there are none, or they are not one socket's. */
export function transitionsOf(
  evidence: Evidence,
  host: string,
  { localPort, remotePort }: SocketName,
): readonly Line<TransitionRecord>[] | undefined {
  const found = evidence.transitions
    .filter(
      ({ record }) =>
        record.host === host && record.localPort === localPort && record.remotePort === remotePort,
    )
    .sort((a, b) => a.record.atUs - b.record.atUs);
  // An event has no network namespace: another run with the same addresses and ports would break the chain.
  const chained = found.every(({ record }, index) => {
    const before = found[index - 1]?.record.to;
    return before === undefined || before === record.from || before === 'CLOSE';
  });
  return found.length > 0 && chained ? found : undefined;
}

/**
 * What the tracepoint says of a socket whose state a table had as `state` at `seenUs`: the states that it was in around
 * that time, and whether one of them is it.
 */
export function heldAgainstTrace(
  evidence: Evidence,
  host: string,
  name: SocketName,
  state: string,
  seenUs: number,
):
  | { readonly agrees: boolean; readonly states: readonly string[]; readonly lines: readonly number[] }
  | undefined {
  const changes = transitionsOf(evidence, host, name);
  if (changes === undefined) return undefined;
  const begin = seenUs - READ_MS * 1000;
  const before = changes.filter(({ record }) => record.atUs <= begin).at(-1);
  const around = changes.filter(({ record }) => record.atUs > begin && record.atUs <= seenUs);
  const lines = [before, ...around].filter((line) => line !== undefined);
  const states = [
    before?.record.to ?? changes[0]?.record.from ?? 'CLOSE',
    ...around.map(({ record }) => record.to),
  ];
  return {
    agrees: states.some((traced) => isSame(traced, state)),
    states,
    lines: lines.map(({ line }) => line),
  };
}

/**
 * What the tracepoint calls a state of a table. TIME_WAIT, and FIN_WAIT2 of a socket that no program holds, are another
 * kind of socket, which it does not trace: there it says CLOSE. A request in SYN_RECV is one, too, and is a socket only
 * when the third segment came.
 */
function isSame(traced: string, state: string): boolean {
  if (traced === state) return true;
  if (traced === 'CLOSE') return ['TIME_WAIT', 'FIN_WAIT2', 'CLOSE', 'none', 'SYN_RECV'].includes(state);
  // A server's new socket begins as a copy of its listener.
  return ['LISTEN', 'SYN_RECV'].includes(traced) && ['none', 'SYN_RECV'].includes(state);
}
