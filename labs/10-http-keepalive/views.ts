import {
  type AppRecord,
  type Evidence,
  isRecord,
  type Line,
  type PortPair,
  text,
  type Text,
  type WireView,
  wireView,
} from '../../src/check/index.ts';
import type { CitedMessage, Segment, Side } from '../../src/tcp/index.ts';
import { type Case, CASES } from './scenario.ts';

type Log = Line<Extract<AppRecord, { kind: 'log' }>>;

export interface CaseView extends PortPair {
  readonly each: Case;
  readonly window: { readonly fromUs: number; readonly untilUs: number };
  readonly facts: Readonly<Record<string, unknown>>;
  readonly client: WireView | undefined;
  readonly server: WireView | undefined;
  readonly answer: Answer | undefined;
  /** What curl printed of the transfer. */
  readonly curl: { readonly line: number; readonly status: number; readonly bodyBytes: number } | undefined;
  /** nginx's own lines about this connection that tell of writes, and of its end. */
  readonly writes: readonly Printed[];
  readonly endings: readonly Printed[];
}

export interface Printed {
  readonly line: number;
  readonly text: string;
}

/** The answer as the server's capture has it: which frames carried its head, and which its body. */
export interface Answer {
  readonly request: CitedMessage | undefined;
  readonly message: CitedMessage;
  readonly headBytes: number;
  readonly bodyBytes: number;
  readonly headFrames: readonly number[];
  readonly bodyFrames: readonly number[];
  /** From the first segment of the head to the last of the body, on the server's wire. */
  readonly apartMs: number;
}

export function caseViews(evidence: Evidence): CaseView[] {
  return CASES.flatMap((each, index): CaseView[] => {
    const phase = evidence.manifest.phases.find(({ id }) => id === each.id);
    const clientPort = phase?.facts['clientPort'];
    const serverPort = phase?.facts['serverPort'];
    if (phase === undefined || typeof clientPort !== 'number' || typeof serverPort !== 'number') return [];
    const pair = { clientPort, serverPort };
    const server = wireView(evidence, 'server', pair);
    // nginx numbers its connections in the order in which it accepts them.
    const nginx = printed(evidence, 'nginx').filter(({ text }) => text.includes(` *${index + 1} `));
    const words = (pattern: RegExp): Printed[] =>
      nginx.flatMap(({ line, text }) =>
        pattern.test(text) ? [{ line, text: text.replace(/^.*?\*\d+ /, '') }] : [],
      );
    return [
      {
        ...{ ...pair, each, facts: phase.facts, server },
        window: { fromUs: phase.startedAtUs, untilUs: phase.endedAtUs ?? phase.startedAtUs },
        client: wireView(evidence, 'client', pair),
        answer: server === undefined ? undefined : answerOf(server),
        curl: curlOf(evidence, each.id),
        writes: words(/ (writev|sendfile|send): \d+ of \d+/),
        endings: words(/closed keepalive connection| close http connection| set http keepalive handler/),
      },
    ];
  });
}

function printed(evidence: Evidence, process: string): Printed[] {
  return evidence.calls
    .filter((each): each is Log => each.record.kind === 'log' && each.record.process === process)
    .flatMap(({ line, record }) => {
      const text = isRecord(record.fields) ? record.fields['line'] : undefined;
      return typeof text === 'string' ? [{ line, text }] : [];
    });
}

function curlOf(evidence: Evidence, id: string): CaseView['curl'] {
  for (const { line, text } of printed(evidence, `curl-${id}`)) {
    const [, status, bodyBytes] = /^([1-9]\d\d) (\d+) \d+$/.exec(text) ?? [];
    if (status !== undefined) return { line, status: Number(status), bodyBytes: Number(bodyBytes) };
  }
  return undefined;
}

function answerOf({ connection }: WireView): Answer | undefined {
  const message = connection.messages.find(({ side }) => side === 1);
  const head = message?.fields.find(({ label }) => label === 'head');
  if (message === undefined || head === undefined) return undefined;
  const headBytes = head.length;
  const bodyBytes = message.length - headBytes;
  const direction = connection.directions[1];
  const headFrames = direction.framesOf(message.offset, headBytes);
  const bodyFrames = direction.framesOf(message.offset + headBytes, bodyBytes);
  const at = (frame: number | undefined): number =>
    connection.segments.find((each) => each.frame === frame)?.atNs ?? 0;
  return {
    ...{ message, headBytes, bodyBytes, headFrames, bodyFrames },
    request: connection.messages.find(({ side }) => side === 0),
    apartMs: (at(bodyFrames.at(-1)) - at(headFrames[0])) / 1e6,
  };
}

export interface Ending {
  readonly first: { readonly side: Side; readonly segment: Segment };
  /** From the last segment with data to the first FIN. */
  readonly idleMs: number;
}

export function endingOf(view: WireView | undefined): Ending | undefined {
  const fin = view?.connection.close.fins[0];
  const segment = view?.connection.segments.find(({ frame }) => frame === fin?.frame);
  const data = view?.connection.segments.findLast(
    ({ payloadLength, frame }) => payloadLength > 0 && frame < (fin?.frame ?? 0),
  );
  if (fin === undefined || segment === undefined || data === undefined) return undefined;
  return { first: { side: fin.side, segment }, idleMs: (segment.atNs - data.atNs) / 1e6 };
}

/** A time for a sentence: seconds, or milliseconds where seconds would be nothing. */
export const lasting = (ms: number): Text =>
  ms < 1000
    ? text(`${ms.toFixed(3)} ms`, `${ms.toFixed(3)} 毫秒`)
    : text(`${(ms / 1000).toFixed(3)} s`, `${(ms / 1000).toFixed(3)} 秒`);
