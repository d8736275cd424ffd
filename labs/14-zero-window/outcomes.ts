import { type Evidence, frames, NOT_SHOWN, type PredictionOutcome, text } from '../../src/check/index.ts';
import { caseViews, distances, reopening } from './views.ts';

const unread = (evidence: Evidence) => caseViews(evidence).find(({ id }) => id === 'unread');

/** What the sender does while the window is closed. */
export function whileClosed(evidence: Evidence): PredictionOutcome {
  const view = unread(evidence);
  if (view === undefined) return NOT_SHOWN;
  const { probes, client } = view;
  const gaps = distances(probes);
  const growing = gaps.slice(1).every((gap, index) => gap > 1.5 * (gaps[index] ?? 0));
  return {
    option: probes.length === 0 ? 'nothing' : gaps.length < 2 ? undefined : growing ? 'rarer' : 'evenly',
    seen: text(
      `${probes.length} probes, ${gaps.map((gap) => gap.toFixed(2)).join(', ')} s apart`,
      `${probes.length} 次探测，间隔 ${gaps.map((gap) => gap.toFixed(2)).join('、')} 秒`,
    ),
    where: [frames(client.capture.file, ...probes.map(({ segment }) => segment.frame))],
  };
}

/** How the sender hears that the receiver reads again. */
export function hearsOf(evidence: Evidence): PredictionOutcome {
  const view = unread(evidence);
  const update = view === undefined ? undefined : reopening(view);
  if (view === undefined || update === undefined) return NOT_SHOWN;
  const { client, resumedUs } = view;
  const atUs = client.capture.atUs(update.atNs);
  const asked = view.probes.some(({ segment }) => {
    const probedUs = client.capture.atUs(segment.atNs);
    return probedUs > resumedUs && probedUs < atUs;
  });
  return {
    option: asked ? 'probe' : 'update',
    seen: text(
      `${((atUs - resumedUs) / 1000).toFixed(1)} ms after the program began to read`,
      `程序开始读取之后 ${((atUs - resumedUs) / 1000).toFixed(1)} 毫秒`,
    ),
    where: [frames(client.capture.file, update.frame)],
  };
}
