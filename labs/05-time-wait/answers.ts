import { type AnswerKey, type Evidence, numberKey, socketLines, timeKey } from '../../src/check/index.ts';
import { lasted, roleViews } from './views.ts';

/** The foreign port of the server's entry in TIME_WAIT. */
export function waitingPort(evidence: Evidence): AnswerKey | undefined {
  const view = roleViews(evidence).find(({ role }) => role === 'server-first');
  return view?.wait === undefined
    ? undefined
    : numberKey(view.socket.remotePort, socketLines(...view.wait.lines));
}

/**
 * How long the client's entry was there; right is every time that the looks around its ends leave open. Where the tracepoint
 * told the beginning to the microsecond, the report knows it better than a reader of the tables, who is right, too.
 */
export function secondsWaited(evidence: Evidence): AnswerKey | undefined {
  const view = roleViews(evidence).find(({ role }) => role === 'client-first');
  const time = view === undefined ? undefined : lasted(view);
  const first = view?.timer[0];
  if (view?.wait?.lastSeenUs === undefined || time === undefined || first === undefined) return undefined;
  const least = Math.min(time.least, (view.wait.lastSeenUs - first.atUs) / 1e6);
  const { most } = time;
  return timeKey((least + most) / 2, (most - least) / 2 + ROUNDING, socketLines(...view.wait.lines));
}

/** The report shows hundredths of a second. */
const ROUNDING = 0.006;
