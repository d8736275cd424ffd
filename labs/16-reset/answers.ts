import { type AnswerKey, type Evidence, headerKey } from '../../src/check/index.ts';
import { caseViews, received, receiver } from './views.ts';
import type { Case } from './scenario.ts';

const rstNumber =
  (wanted: Case, field: 'seq' | 'ack') =>
  (evidence: Evidence): AnswerKey | undefined => {
    const view = caseViews(evidence).find(({ id }) => id === wanted);
    return view === undefined ? undefined : headerKey(receiver(view), received(view), field);
  };

export const refusedAck = rstNumber('closed-port', 'ack');
export const lateSeq = rstNumber('late', 'seq');
