import { callLines, type Evidence, NOT_SHOWN, type PredictionOutcome, text } from '../../src/check/index.ts';
import { caseViews } from './views.ts';
import type { Way } from './scenario.ts';

/** How many reads the same writes came to, under clp. */
const readsOf =
  (wanted: Way) =>
  (evidence: Evidence): PredictionOutcome => {
    const view = caseViews(evidence).find(({ protocol, way }) => protocol === 'clp' && way === wanted);
    if (view === undefined || view.reads.length === 0) return NOT_SHOWN;
    const { writes, reads } = view;
    return {
      option: reads.length === writes ? 'as-many' : reads.length < writes ? 'fewer' : 'more',
      seen: text(`${writes} writes, ${reads.length} reads`, `写入 ${writes} 次，读取 ${reads.length} 次`),
      where: [callLines(...reads.map(({ line }) => line))],
    };
  };

export const readsJoined = readsOf('joined');
