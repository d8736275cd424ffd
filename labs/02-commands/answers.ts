import { type AnswerKey, type Evidence, frames, headerKey, numberKey } from '../../src/check/index.ts';
import { commandViews, links, packetOf } from './views.ts';

/** The entry of the list that is not the asker's own. */
export function listedPort(evidence: Evidence): AnswerKey | undefined {
  const view = commandViews(evidence).find(({ command }) => command === 'list');
  const answer = view && packetOf(view, 'client', 'list.response')?.from;
  const own = links(evidence).find(({ who }) => who === 'client')?.clientPort;
  if (answer?.message.type !== 'list.response') return undefined;
  const other = answer.message.clients.find(({ port }) => port !== own);
  return other === undefined
    ? undefined
    : numberKey(other.port, frames(answer.capture.file, ...answer.frames));
}

/** The first segment that carried the text to its receiver. */
export function deliverySeq(evidence: Evidence): AnswerKey | undefined {
  const view = commandViews(evidence).find(({ command }) => command === 'send');
  const arrived = view && packetOf(view, 'friend', 'deliver.indication')?.to;
  const wire = links(evidence).find(({ who }) => who === 'friend')?.here;
  const segment = wire?.connection.segments.find(({ frame }) => frame === arrived?.frames[0]);
  return headerKey(wire, segment, 'seq');
}
