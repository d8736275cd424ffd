import { type Evidence, frames, NOT_SHOWN, type PredictionOutcome, text } from '../../src/check/index.ts';
import { caseViews, distances, doubling } from './views.ts';

/** One ACK is lost: is anything sent again? */
export function lostAck(evidence: Evidence): PredictionOutcome {
  const view = caseViews(evidence).find(({ id }) => id === 'lost-ack');
  if (view === undefined || view.lostAcks.length === 0) return NOT_SHOWN;
  const { again, lostAcks, client, server } = view;
  return {
    option: again.length === 0 ? 'no' : 'yes',
    seen: text(
      `${lostAcks.length} ACK lost, ${again.length} segments sent again`,
      `丢失 ${lostAcks.length} 个 ACK，重发 ${again.length} 个报文段`,
    ),
    where: [
      frames(server.capture.file, ...lostAcks.map(({ frame }) => frame)),
      ...(again.length === 0 ? [] : [frames(client.capture.file, ...again.map(({ frame }) => frame))]),
    ],
  };
}

/** A line that is lost again and again: how the sender's timer goes. */
export function timer(evidence: Evidence): PredictionOutcome {
  const view = caseViews(evidence).find(({ id }) => id === 'timeout');
  const gaps = view === undefined ? [] : distances(view);
  if (view === undefined || gaps.length < 2) return NOT_SHOWN;
  const [first = 0] = gaps;
  const even = gaps.every((gap) => gap < 1.3 * first);
  return {
    option: doubling(gaps) ? 'doubles' : even ? 'same' : undefined,
    seen: text(
      `${gaps.map((gap) => gap.toFixed(3)).join(', ')} s`,
      `${gaps.map((gap) => gap.toFixed(3)).join('、')} 秒`,
    ),
    where: [frames(view.client.capture.file, ...view.data.map(({ frame }) => frame))],
  };
}
