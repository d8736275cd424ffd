import { type Evidence, frames, NOT_SHOWN, type PredictionOutcome, text } from '../../src/check/index.ts';
import { type Case, CASES } from './scenario.ts';
import { caseViews, DELAYED_MS, median, secondWaitMs } from './views.ts';

/** In which of the four the second part leaves only after a delayed ACK. */
export function whoWaits(evidence: Evidence): PredictionOutcome {
  const views = caseViews(evidence);
  if (views.length < CASES.length || views.some(({ rounds }) => rounds.length === 0)) return NOT_SHOWN;
  const slow = views.filter(({ rounds }) => median(rounds.map(secondWaitMs)) >= DELAYED_MS);
  const named = slow.map(({ id }) => id).join();
  const options: Readonly<Record<string, string>> = {
    both: 'both',
    'both,nagle-only': 'nagle',
    'both,delay-only': 'delay',
    '': 'none',
  };
  const waits = views.map(({ id, rounds }): readonly [Case, string] => [
    id,
    median(rounds.map(secondWaitMs)).toFixed(1),
  ]);
  const told = waits.map(([id, ms]) => `${id} ${ms} ms`).join(', ');
  return {
    option: options[named],
    seen: text(`median wait of the second part: ${told}`, `第二部分等待时间的中位数：${told}`),
    where: slow.map(({ client, rounds }) =>
      frames(client.capture.file, ...rounds.map(({ second }) => second.frame)),
    ),
  };
}
