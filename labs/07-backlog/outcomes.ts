import { type Evidence, frames, NOT_SHOWN, type PredictionOutcome, text } from '../../src/check/index.ts';
import { connectedWhileStopped, stopView } from './views.ts';

/** How many clients got a whole handshake while the server's process was stopped. */
export function howMany(evidence: Evidence): PredictionOutcome {
  const view = stopView(evidence);
  if (view === undefined) return NOT_SHOWN;
  const { backlog, clients } = view;
  const during = connectedWhileStopped(view);
  const count = during.length;
  const options = new Map([
    [0, 'none'],
    [backlog, 'n'],
    [backlog + 1, 'n-plus-1'],
    [clients.length, 'all'],
  ]);
  return {
    option: options.get(count),
    seen: text(
      `${count} of ${clients.length} with a backlog of ${backlog}`,
      `backlog 为 ${backlog} 时，${clients.length} 个中有 ${count} 个`,
    ),
    where: during.map(({ client }) => frames('client.pcap', client?.connection.handshake.ack)),
  };
}
