import { type AnswerKey, type Evidence, headerKey, portKey } from '../../src/check/index.ts';
import { lineView } from './views.ts';

/** The number of the line's first byte. */
export function lineSeq(evidence: Evidence): AnswerKey | undefined {
  const wire = lineView(evidence)?.wire;
  return headerKey(
    wire,
    wire?.connection.segments.find(({ side, payloadLength }) => side === 0 && payloadLength > 0),
    'seq',
  );
}

export const clientPort = (evidence: Evidence): AnswerKey | undefined => portKey(lineView(evidence)?.wire);
