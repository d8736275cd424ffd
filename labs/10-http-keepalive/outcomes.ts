import {
  type Evidence,
  frames,
  NOT_SHOWN,
  type PredictionOutcome,
  socketAt,
  socketLines,
  text,
} from '../../src/check/index.ts';
import { caseViews } from './views.ts';

/** Head and body written apart, Nagle's algorithm off: how many segments carried the answer. */
export function segmentsOfAnswer(evidence: Evidence): PredictionOutcome {
  const view = caseViews(evidence).find(({ each }) => each.id === 'client-closes');
  if (view?.answer === undefined || view.server === undefined) return NOT_SHOWN;
  const carriers = [...new Set([...view.answer.headFrames, ...view.answer.bodyFrames])];
  return {
    option: carriers.length === 1 ? 'one' : carriers.length === 2 ? 'two' : 'more',
    seen: text(`${carriers.length} segments`, `${carriers.length} 个报文段`),
    where: [frames(view.server.capture.file, ...carriers)],
  };
}

/** The server gave the idle connection up, and the client's program does not look. */
export function clientUnaware(evidence: Evidence): PredictionOutcome {
  const view = caseViews(evidence).find(({ each }) => each.id === 'server-closes');
  if (view === undefined) return NOT_SHOWN;
  const { clientPort, serverPort } = view;
  const seen = socketAt(evidence, 'client', 'server-closes given up', {
    localPort: clientPort,
    remotePort: serverPort,
  });
  if (seen === undefined) return NOT_SHOWN;
  const options: Readonly<Record<string, string>> = {
    ESTABLISHED: 'established',
    CLOSE_WAIT: 'close-wait',
    TIME_WAIT: 'time-wait',
    none: 'gone',
  };
  return {
    option: options[seen.state],
    seen: text(`client: ${seen.state}`, `客户端：${seen.state}`),
    where: [socketLines(seen.line)],
  };
}
