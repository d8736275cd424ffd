import {
  type Evidence,
  frames,
  NOT_SHOWN,
  type PredictionOutcome,
  socketAt,
  socketLines,
  text,
} from '../../src/check/index.ts';
import { caseViews, finsIn } from './views.ts';

/** The cable is out and the client is killed: does its FIN reach the server? */
export function finArrives(evidence: Evidence): PredictionOutcome {
  const server = caseViews(evidence).find(({ way }) => way === 'kill')?.server;
  if (server === undefined) return NOT_SHOWN;
  const fins = finsIn(server).filter(({ side }) => side === 0);
  return {
    option: fins.length > 0 ? 'yes' : 'no',
    seen: text(`${fins.length} FIN in the server’s capture`, `服务器的抓包中有 ${fins.length} 个 FIN`),
    where: [frames(server.capture.file, ...fins.map(({ frame }) => frame))].filter(
      ({ witness }) => witness === 'wire' && fins.length > 0,
    ),
  };
}

/** The cable is in again, nobody has sent: what does the server's kernel think? */
export function serverThinks(evidence: Evidence): PredictionOutcome {
  const view = caseViews(evidence).find(({ way }) => way === 'kill');
  if (view === undefined) return NOT_SHOWN;
  const seen = socketAt(evidence, 'server', 'kill forgotten', {
    localPort: view.serverPort,
    remotePort: view.clientPort,
  });
  if (seen === undefined) return NOT_SHOWN;
  const gone = seen.state === 'none' || seen.state === 'CLOSE';
  return {
    option: seen.state === 'ESTABLISHED' ? 'established' : gone ? 'gone' : 'closing',
    seen: text(`server: ${seen.state}`, `服务器：${seen.state}`),
    where: [socketLines(seen.line)],
  };
}
