import { type Evidence, frames, NOT_SHOWN, type PredictionOutcome, text } from '../../src/check/index.ts';
import { channels, loggedLines, streamOf, textOf, TYPE } from './views.ts';

/** By which connection the script's log lines came to nginx. */
export function wayOfLog(evidence: Evidence): PredictionOutcome {
  const channel = channels(evidence).find(({ way }) => way === 'closed');
  const exchange = channel?.requests[0];
  if (channel?.wire === undefined || exchange === undefined) return NOT_SHOWN;
  const told = loggedLines(textOf(streamOf(exchange.answered, TYPE.stderr))).length;
  const wanted = Number(exchange.facts['lines']);
  const places = exchange.answered
    .filter(({ type }) => type === TYPE.stderr || type === TYPE.stdout)
    .flatMap((record) => record.frames);
  return {
    option: told === wanted ? 'same' : told === 0 ? 'elsewhere' : undefined,
    seen: text(
      `${told} of ${wanted} lines in FCGI_STDERR on the connection of the page`,
      `页面所在的连接上，FCGI_STDERR 中有 ${wanted} 行中的 ${told} 行`,
    ),
    where: [frames(channel.wire.capture.file, ...places)],
  };
}

/** How many connections the two requests took whose way keeps its connection. */
export function keptConnections(evidence: Evidence): PredictionOutcome {
  const kept = channels(evidence).find(({ way }) => way === 'kept');
  const ports = new Set(kept?.requests.map(({ facts }) => facts['clientPort']));
  if (kept?.wire === undefined || kept.requests.length < 2) return NOT_SHOWN;
  return {
    option: ports.size === 1 ? 'one' : 'two',
    seen: text(`nginx’s ports: ${[...ports].join(', ')}`, `nginx 的端口：${[...ports].join('、')}`),
    where: [frames(kept.wire.capture.file, ...kept.requests.map(({ asked }) => asked[0]?.frames[0]))],
  };
}
