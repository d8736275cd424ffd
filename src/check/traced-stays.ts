import type { Evidence } from './evidence.ts';
import type { TransitionRecord } from './records.ts';
import type { SocketName, Stay } from './socket-view.ts';
import { transitionsOf } from './traced-states.ts';

/** A look's stamp is taken behind it, a transition's is turned from another clock: they may differ by so much. */
const STAMP_US = 1_000;

/** A state as the tracepoint has it: when it began and, unless the run ended first, when the next one did. */
interface Traced {
  readonly state: string;
  readonly fromUs: number;
  readonly untilUs: number | undefined;
  readonly next: string | undefined;
}

/**
 * Stays as the sampler saw them, with the times of the tracepoint where it told of them, and with the states that came
 * and went between two looks. Without a trace they stand as they are.
 *
 * Four states are the sampler's alone. SYN_SENT begins before the socket has its port (tcp_v4_connect), so the trace of it
 * names none. SYN_RECV is a request, not a socket, and is traced only when the third segment came. TIME_WAIT is another kind of socket, and so is FIN_WAIT2 once no program holds it: both begin where the
 * tracepoint says CLOSE, and only the table tells how long they last.
 */
export function withTrace(
  evidence: Evidence,
  host: string,
  name: SocketName,
  sampled: readonly Stay[],
): readonly Stay[] {
  const changes = transitionsOf(evidence, host, name)?.map(({ record }) => record);
  if (changes === undefined) return sampled;
  const used = new Set<Stay>();
  const traced = tracedStates(changes).map((told): Stay => {
    const seen = sampled.find((stay) => !used.has(stay) && isSame(stay, told));
    const exact = { notBeforeUs: told.fromUs, fromUs: told.fromUs, traced: true };
    const end = { lastSeenUs: told.untilUs, untilUs: told.untilUs };
    if (seen === undefined)
      return { ...{ state: told.state, lines: [], timer: 'none', timerMs: 0 }, ...exact, ...end };
    used.add(seen);
    const lives = told.state === 'FIN_WAIT2' && told.next === 'CLOSE' && !waitsFrom(sampled, told.untilUs);
    return { ...seen, ...exact, ...(lives || told.untilUs === undefined ? {} : end) };
  });
  const others = sampled.filter((stay) => !used.has(stay)).map((stay) => sharpened(stay, changes));
  return [...others, ...traced].sort((a, b) => a.fromUs - b.fromUs);
}

/** Whether TIME_WAIT was next: then FIN_WAIT2 did not live on without a program. */
const waitsFrom = (sampled: readonly Stay[], closeUs = Infinity): boolean =>
  sampled.some(
    ({ state, fromUs, notBeforeUs }) =>
      state === 'TIME_WAIT' &&
      fromUs >= closeUs - STAMP_US &&
      (notBeforeUs ?? -Infinity) <= closeUs + STAMP_US,
  );

function tracedStates(changes: readonly TransitionRecord[]): Traced[] {
  return changes.flatMap(({ to, atUs }, index) => {
    if (to === 'CLOSE' || to === 'SYN_RECV' || to === 'LISTEN') return [];
    const next = changes[index + 1];
    return [{ state: to, fromUs: atUs, untilUs: next?.atUs, next: next?.to }];
  });
}

/** The look that saw it came behind its beginning, and the one before it not behind its end. */
const isSame = ({ state, fromUs, notBeforeUs }: Stay, told: Traced): boolean =>
  state === told.state &&
  fromUs >= told.fromUs - STAMP_US &&
  (notBeforeUs ?? -Infinity) <= (told.untilUs ?? Infinity) + STAMP_US;

/** What is not traced begins or ends where the trace of the same connection does. */
function sharpened(stay: Stay, changes: readonly TransitionRecord[]): Stay {
  const between = (fromUs: number, untilUs: number, to: string): number | undefined =>
    changes.find((one) => one.to === to && one.atUs >= fromUs - STAMP_US && one.atUs <= untilUs + STAMP_US)
      ?.atUs;
  if (stay.state === 'SYN_RECV' || stay.state === 'SYN_SENT') {
    const untilUs = between(stay.fromUs, stay.untilUs ?? Infinity, 'ESTABLISHED');
    return untilUs === undefined ? stay : { ...stay, lastSeenUs: untilUs, untilUs };
  }
  const fromUs = between(stay.notBeforeUs ?? stay.fromUs, stay.fromUs, 'CLOSE');
  return fromUs === undefined ? stay : { ...stay, notBeforeUs: fromUs, fromUs, traced: true };
}
