import { type Evidence, frames, type PredictionOutcome, text } from '../../src/check/index.ts';
import { counts } from './measure.ts';
import { phaseViews } from './views.ts';

/** How many segments carried the requests that were all sent at once. */
const segmentsWith =
  (nagle: boolean) =>
  (evidence: Evidence): PredictionOutcome => {
    const view = phaseViews(evidence).find(
      ({ phase }) => phase.pace === 'all-at-once' && phase.nagle === nagle,
    );
    const counted = view === undefined ? undefined : counts(view);
    if (view === undefined || counted === undefined)
      return { option: undefined, seen: text('no packets', '没有抓包'), where: [] };
    const segments = counted.requestFrames.length;
    return {
      option: segments >= counted.requests ? 'as-many' : 'fewer',
      seen: text(
        `${counted.requests} requests in ${segments} segments`,
        `${counted.requests} 个请求由 ${segments} 个报文段承载`,
      ),
      where: [frames('client.pcap', ...counted.requestFrames)],
    };
  };

export const segmentsPlain = segmentsWith(false);
export const segmentsNagle = segmentsWith(true);
