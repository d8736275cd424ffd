/** What a check throws, and the bytes that a failure shows. */
import type { Buffer } from 'node:buffer';
import { hexdump, safeText } from '../../bytes/index.ts';
import { type Text, text } from '../../check/index.ts';
import { annotate } from '../../wire/index.ts';
import type { ServerFacts, Symptom } from './orders.ts';
import type { Peer } from './peer.ts';
import { itEnded, type ProgramEnd } from './program-end.ts';

/** The server did not do what it should: the check's verdict, and not a fault of ours. */
export class Failure extends Error {
  readonly expected: Text;
  readonly actual: Text;
  readonly symptom: Symptom;
  readonly peer: Peer | undefined;
  /** What the kernel showed when it failed; otherwise it is asked when the check is over. */
  facts: ServerFacts | undefined;
  /** When, so that what we do afterwards, ending the server above all, is not taken for its doing. */
  readonly atMs = Date.now();

  constructor(expected: Text, actual: Text, symptom: Symptom, peer?: Peer) {
    super(actual.en);
    this.expected = expected;
    this.actual = actual;
    this.symptom = symptom;
    this.peer = peer;
  }
}

/** Of `wanted` messages `got` came, and perhaps bytes that make none. */
export const missing = (wanted: number, got: number, peer: Peer): Symptom => ({
  is: 'no-answer',
  wanted,
  got,
  rest: peer.restBytes,
});

/** How a server ended, for people. */
export const ended = (end: ProgramEnd): Text => itEnded(text('the server', '服务器'), end);

/** The field that a symptom is about, where it is not told with it. */
const FIELD_OF: Partial<Record<Symptom['is'], string>> = { 'port-swapped': 'port', 'wrong-unit': 'time' };

/** The message as it came, with the first field of that name marked. */
function marked(peer: Peer, field: string): string {
  const { spans } = annotate(peer.protocol, 'server', peer.lastFrame);
  const wanted = field.toLowerCase();
  const span = spans.find(({ path }) => path.split('.').at(-1)?.toLowerCase().endsWith(wanted) === true);
  const fields =
    span === undefined || span.offset >= 96
      ? []
      : [{ offset: span.offset, length: span.length, label: `<- ${span.path}` }];
  return hexdump(peer.lastFrame.subarray(0, 96), { fields });
}

/** The bytes that a failure is about: from where they are wrong, or the question that got no answer. */
export function bytesOf(failure: Failure): string | undefined {
  const { peer, symptom } = failure;
  if (peer === undefined) return undefined;
  if (symptom.is === 'not-a-packet') {
    const first = peer.receivedBytes - peer.tail.length;
    const at = symptom.offset - first;
    const start = Math.max(0, at - 16);
    return hexdump(peer.tail.subarray(start, at + 48), {
      base: first + start,
      fields: [
        { offset: at - start, length: 1, label: `<- byte ${symptom.offset}: ${safeText(symptom.reason)}` },
      ],
    });
  }
  const field = FIELD_OF[symptom.is] ?? (symptom.is === 'wrong-value' ? symptom.field : undefined);
  if (field !== undefined && peer.lastFrame.length > 0) return marked(peer, field);
  const unanswered = symptom.is === 'no-answer' && symptom.rest === 0;
  const shown: Buffer = unanswered ? peer.lastSent : peer.tail.subarray(-96);
  return shown.length === 0 ? undefined : hexdump(shown.subarray(0, 96));
}
