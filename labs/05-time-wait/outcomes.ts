import {
  type Evidence,
  NOT_SHOWN,
  type PredictionOutcome,
  socketAt,
  socketLines,
  text,
} from '../../src/check/index.ts';
import { lasted, roleViews } from './views.ts';

/** The client closes first: whose socket stays? */
export function whoStays(evidence: Evidence): PredictionOutcome {
  const view = roleViews(evidence).find(({ role }) => role === 'client-first');
  if (view === undefined) return NOT_SHOWN;
  const { clientPort, serverPort } = view;
  const label = 'client-first closed';
  const client = socketAt(evidence, 'client', label, { localPort: clientPort, remotePort: serverPort });
  const server = socketAt(evidence, 'server', label, { localPort: serverPort, remotePort: clientPort });
  if (client === undefined || server === undefined) return NOT_SHOWN;
  const waits = [client.state === 'TIME_WAIT', server.state === 'TIME_WAIT'].join();
  const options: Readonly<Record<string, string>> = {
    'true,false': 'client',
    'false,true': 'server',
    'true,true': 'both',
    'false,false': 'none',
  };
  return {
    option: options[waits],
    seen: text(
      `client: ${client.state}, server: ${server.state}`,
      `客户端：${client.state}，服务器：${server.state}`,
    ),
    where: [socketLines(client.line, server.line)],
  };
}

/** How long it stays, in the three ranges that lab.yaml offers. */
export function howLongItStays(evidence: Evidence): PredictionOutcome {
  const view = roleViews(evidence).find(({ role }) => role === 'client-first');
  const time = view === undefined ? undefined : lasted(view);
  if (view?.wait === undefined || time === undefined) return NOT_SHOWN;
  const seconds = (time.least + time.most) / 2;
  return {
    option: seconds < 30 ? 'seconds' : seconds < 90 ? 'minute' : 'minutes',
    seen: text(
      `${time.least.toFixed(2)} to ${time.most.toFixed(2)} s`,
      `${time.least.toFixed(2)} 至 ${time.most.toFixed(2)} 秒`,
    ),
    where: [socketLines(...view.wait.lines)],
  };
}
