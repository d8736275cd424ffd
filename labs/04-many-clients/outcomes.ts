import { type Evidence, frames, NOT_SHOWN, type PredictionOutcome, text } from '../../src/check/index.ts';
import { FLAG } from '../../src/tcp/index.ts';
import { manyView } from './views.ts';

/** What the server's host sent while its program was stopped and requests came in. */
export function whileStopped(evidence: Evidence): PredictionOutcome {
  const view = manyView(evidence);
  const capture = view?.serverCapture;
  if (view === undefined || capture === undefined) return NOT_SHOWN;
  const sent = view.clients.flatMap(({ server }) =>
    (server?.connection.segments ?? []).filter(
      ({ side, atNs }) =>
        side === 1 && capture.atUs(atNs) >= view.stoppedUs && capture.atUs(atNs) < view.resumedUs,
    ),
  );
  const resets = sent.filter(({ flags }) => flags & FLAG.rst).length;
  const data = sent.filter(({ payloadLength }) => payloadLength > 0).length;
  const acks = sent.length - resets - data;
  return {
    option: data > 0 ? undefined : resets > 0 ? 'rst' : acks > 0 ? 'acks' : 'nothing',
    seen: text(
      `${acks} ACKs without data, ${data} answers, ${resets} RSTs`,
      `不带数据的 ACK ${acks} 个，应答 ${data} 个，RST ${resets} 个`,
    ),
    where: [frames(capture.file, ...sent.map(({ frame }) => frame))],
  };
}
