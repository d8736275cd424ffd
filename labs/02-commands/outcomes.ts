import {
  callLines,
  type Evidence,
  frames,
  NOT_SHOWN,
  type PredictionOutcome,
  text,
  type Where,
} from '../../src/check/index.ts';
import { commandViews, packetOf } from './views.ts';

/** On how many connections the server's capture has the text. */
export function connectionsOfText(evidence: Evidence): PredictionOutcome {
  const view = commandViews(evidence).find(({ command }) => command === 'send');
  const words = wordsOf(view?.facts['text']);
  const capture = evidence.captures.find(({ host }) => host === 'server');
  if (view === undefined || capture === undefined || words.length === 0) return NOT_SHOWN;
  const carriers = capture.analysis.connections.flatMap(({ segments, directions }) => {
    const here = directions.some((direction) => holds(direction.streamBytes().bytes, words));
    return here ? [segments[0]?.frame] : [];
  });
  const options = new Map([
    [1, 'one'],
    [2, 'two'],
    [3, 'three'],
  ]);
  return {
    option: options.get(carriers.length),
    seen: text(`${carriers.length} connections carried it`, `有 ${carriers.length} 条连接传送了它`),
    where: [
      ...(['client', 'friend'] as const).flatMap((who): Where[] => {
        const packet = packetOf(view, who, who === 'client' ? 'send.request' : 'deliver.indication')?.from;
        return packet === undefined ? [] : [frames(packet.capture.file, ...packet.frames)];
      }),
    ],
  };
}

const holds = (bytes: Uint8Array, words: Uint8Array): boolean =>
  Array.from(bytes.keys()).some((at) => words.every((byte, index) => bytes[at + index] === byte));

/** What a send to a number that nobody has comes to. */
export function unknownNumber(evidence: Evidence): PredictionOutcome {
  const view = commandViews(evidence).find(({ command }) => command === 'unknown');
  if (view?.outcome === undefined) return NOT_SHOWN;
  const asked = packetOf(view, 'client', 'send.request')?.from;
  // Where a protocol has no numbers for receivers nothing was sent.
  if (asked === undefined) return NOT_SHOWN;
  const error = packetOf(view, 'client', 'error.response')?.from;
  const ends = evidence.captures
    .find(({ host }) => host === 'server')
    ?.analysis.connections.flatMap(({ close }) => close.fins);
  const closed = ends?.some(({ side, atNs }) => side === 1 && asked.capture.atUs(atNs) < view.window.untilUs);
  const words = error?.message.type === 'error.response' ? error.message.text : '–';
  return {
    option: closed === true ? 'closed' : error === undefined ? 'silence' : 'error',
    seen: text(`answer: ${words}`, `应答：${words}`),
    where: [
      ...(error === undefined ? [] : [frames(error.capture.file, ...error.frames)]),
      callLines(view.outcome.line),
    ],
  };
}

const wordsOf = (fact: unknown): Uint8Array => new TextEncoder().encode(typeof fact === 'string' ? fact : '');
