import {
  type Evidence,
  frames,
  NOT_SHOWN,
  type PredictionOutcome,
  socketAt,
  socketLines,
  text,
} from '../../src/check/index.ts';
import { FLAG } from '../../src/tcp/index.ts';
import { HOST, lineView, refusedView } from './views.ts';

/** What a client's SYN gets when nobody listens. */
export function nobodyListens(evidence: Evidence): PredictionOutcome {
  const view = refusedView(evidence);
  if (view === undefined) return NOT_SHOWN;
  const answers = view.connection.segments.filter(({ side }) => side === 1);
  const [first] = answers;
  const kind =
    first === undefined
      ? 'nothing'
      : first.flags & FLAG.rst
        ? 'rst'
        : first.flags & FLAG.syn
          ? 'syn-ack'
          : undefined;
  return {
    option: kind,
    seen: text(`${answers.length} segments in answer`, `应答的报文段 ${answers.length} 个`),
    where: [frames(view.capture.file, ...answers.map(({ frame }) => frame))],
  };
}

/** Whose end of the connection is in TIME_WAIT when both programs have ended. */
export function whoWaits(evidence: Evidence): PredictionOutcome {
  const view = lineView(evidence);
  if (view === undefined) return NOT_SHOWN;
  const { clientPort, serverPort } = view;
  const client = socketAt(evidence, HOST, 'over', { localPort: clientPort, remotePort: serverPort });
  const server = socketAt(evidence, HOST, 'over', { localPort: serverPort, remotePort: clientPort });
  if (client === undefined || server === undefined) return NOT_SHOWN;
  const waits = (seen: typeof client): boolean => seen.state === 'TIME_WAIT';
  return {
    option: waits(client) ? (waits(server) ? 'both' : 'client') : waits(server) ? 'server' : 'none',
    seen: text(
      `client: ${client.state}, server: ${server.state}`,
      `客户端：${client.state}，服务器：${server.state}`,
    ),
    where: [socketLines(client.line)],
  };
}
