import {
  callLines,
  type Evidence,
  frames,
  type PredictionOutcome,
  same,
  text,
} from '../../src/check/index.ts';
import { clientViews } from './views.ts';

/** Must a client call bind? Told by those that did not. */
export function needsBind(evidence: Evidence): PredictionOutcome {
  const free = clientViews(evidence).filter(({ plan }) => !plan.binds);
  const connected = free.filter(({ client }) => client?.connection.handshake.complete === true);
  return {
    option: free.length === 0 ? undefined : connected.length === free.length ? 'no' : 'yes',
    seen: text(
      `${connected.length} of ${free.length} clients that did not call bind were connected`,
      `未调用 bind 的 ${free.length} 个客户端中有 ${connected.length} 个连接成功`,
    ),
    where: connected.map(({ client }) => frames('client.pcap', client?.connection.handshake.syn)),
  };
}

/** Does a client without bind get the same port each time? */
export function samePort(evidence: Evidence): PredictionOutcome {
  const free = clientViews(evidence).filter(({ plan }) => !plan.binds);
  const ports = new Set(free.map(({ localPort }) => localPort));
  return {
    option: free.length < 2 ? undefined : ports.size === 1 ? 'same' : 'different',
    seen: same([...ports].join(', ')),
    where: free.flatMap(({ said }) => (said === undefined ? [] : [callLines(said.line)])),
  };
}
