import {
  callLines,
  type Evidence,
  NOT_SHOWN,
  type PredictionOutcome,
  socketAt,
  socketLines,
  text,
} from '../../src/check/index.ts';
import { cutView } from './views.ts';

/** The state of the socket of which the server does nothing to find out. */
export function silence(evidence: Evidence): PredictionOutcome {
  const view = cutView(evidence)?.dead.find(({ way }) => way === 'silence');
  if (view === undefined) return NOT_SHOWN;
  const { clientPort, serverPort } = view;
  const seen = socketAt(evidence, 'server', 'over', { localPort: serverPort, remotePort: clientPort });
  if (seen === undefined) return NOT_SHOWN;
  return {
    option: seen.state === 'ESTABLISHED' ? 'established' : seen.row === undefined ? 'gone' : 'closing',
    seen: text(`server: ${seen.state}`, `服务器：${seen.state}`),
    where: [socketLines(seen.line)],
  };
}

/** Which way ends the connection of a client that lives and has nothing to say. */
export function livingLost(evidence: Evidence): PredictionOutcome {
  const living = cutView(evidence)?.living;
  if (living === undefined || living.length === 0) return NOT_SHOWN;
  const lost = living.filter(({ closed }) => closed !== undefined);
  const [only] = lost;
  return {
    option: lost.length === 0 ? 'none' : lost.length === 1 ? only?.way : undefined,
    seen: text(
      `${lost.length} of ${living.length} connections of the living client were closed`,
      `活着的客户端的 ${living.length} 条连接中有 ${lost.length} 条被关闭`,
    ),
    where: lost.map(({ closed }) => callLines(...(closed === undefined ? [] : [closed.line]))),
  };
}
