import { type AnswerKey, type Evidence, frames, numberKey, portKey } from '../../src/check/index.ts';
import { channels, streamOf, TYPE } from './views.ts';

const closing = (evidence: Evidence) => channels(evidence).find(({ way }) => way === 'closed');

/** Bytes of content in the STDERR records of the first answer. */
export function stderrBytes(evidence: Evidence): AnswerKey | undefined {
  const channel = closing(evidence);
  const answered = channel?.requests[0]?.answered;
  if (channel?.wire === undefined || answered === undefined) return undefined;
  const places = answered.filter(({ type }) => type === TYPE.stderr).flatMap((record) => record.frames);
  return numberKey(streamOf(answered, TYPE.stderr).length, frames(channel.wire.capture.file, ...places));
}

/** nginx's own port on the connection of the first request. */
export const nginxPort = (evidence: Evidence): AnswerKey | undefined => portKey(closing(evidence)?.wire);
