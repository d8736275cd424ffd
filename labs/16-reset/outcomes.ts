import { type Evidence, frames, NOT_SHOWN, type PredictionOutcome, text } from '../../src/check/index.ts';
import { FLAG } from '../../src/tcp/index.ts';
import { type CaseView, caseViews, finsIn, rstsIn } from './views.ts';

const counted = (fins: number, rsts: number): PredictionOutcome['seen'] =>
  text(`${fins} FIN, ${rsts} RST`, `FIN ${fins} 个，RST ${rsts} 个`);

/** A program exits while bytes that it has not read lie in its socket: what its kernel sends. */
export function unreadBytes(evidence: Evidence): PredictionOutcome {
  const view = caseViews(evidence).find(({ id }) => id === 'unread');
  if (view === undefined) return NOT_SHOWN;
  const fins = finsIn(view.client).filter(({ side }) => side === 1);
  const rsts = rstsIn(view.client).filter(({ side }) => side === 1);
  return {
    option: rsts.length > 0 ? 'rst' : fins.length > 0 ? 'fin' : 'nothing',
    seen: counted(fins.length, rsts.length),
    where: [frames(view.client.capture.file, ...[...fins, ...rsts].map(({ frame }) => frame))],
  };
}

/** The client's program is gone, its FIN has arrived, and the server sends a line. */
export function lateLine(evidence: Evidence): PredictionOutcome {
  const view = caseViews(evidence).find(({ id }) => id === 'late');
  const line = view === undefined ? undefined : sentLate(view);
  if (view === undefined || line === undefined) return NOT_SHOWN;
  const answer = view.server.connection.segments.find(({ side, frame }) => side === 0 && frame > line.frame);
  const reset = answer !== undefined && (answer.flags & FLAG.rst) !== 0;
  return {
    option: answer === undefined ? 'nothing' : reset ? 'rst' : 'ack',
    seen: counted(finsIn(view.server).length, rstsIn(view.server).length),
    where: [frames(view.server.capture.file, line.frame, answer?.frame)],
  };
}

const sentLate = ({ server, facts }: CaseView) =>
  server.connection.segments.find(
    ({ side, payloadLength, atNs }) =>
      side === 1 && payloadLength > 0 && server.capture.atUs(atNs) >= Number(facts['sentUs']),
  );
