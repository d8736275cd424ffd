import {
  type AppRecord,
  type Evidence,
  type Line,
  type PortPair,
  type WireView,
  wireView,
} from '../../src/check/index.ts';
import { readTcpdumpText, type Segment } from '../../src/tcp/index.ts';

export const HOST = 'machine';

export interface LineView extends PortPair {
  readonly line: string;
  readonly window: { readonly fromUs: number; readonly untilUs: number };
  readonly wire: WireView | undefined;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** The connection that carried the line. */
export function lineView(evidence: Evidence): LineView | undefined {
  const phase = evidence.manifest.phases.find(({ id }) => id === 'line');
  const clientPort = phase?.facts['clientPort'];
  if (phase === undefined || typeof clientPort !== 'number') return undefined;
  const pair = { clientPort, serverPort: Number(evidence.manifest.parameters['port']) };
  return {
    ...pair,
    line: String(phase.facts['line']),
    window: { fromUs: phase.startedAtUs, untilUs: phase.endedAtUs ?? phase.startedAtUs },
    wire: wireView(evidence, HOST, pair),
    facts: phase.facts,
  };
}

/** The connection that nobody listened for; netcat does not tell its port, the capture does. */
export function refusedView(evidence: Evidence): WireView | undefined {
  const phase = evidence.manifest.phases.find(({ id }) => id === 'refused');
  const capture = evidence.captures.find(({ host }) => host === HOST);
  const untilUs = phase?.endedAtUs;
  if (capture === undefined || typeof untilUs !== 'number') return undefined;
  const connection = capture.analysis.connections.find(({ firstNs }) => capture.atUs(firstNs) <= untilUs);
  return connection === undefined ? undefined : { capture, connection };
}

type Log = Line<Extract<AppRecord, { kind: 'log' }>>;

/** What a program printed: its lines with their places in calls.jsonl. */
export function printedBy(
  evidence: Evidence,
  process: string,
  event?: 'stdout' | 'stderr',
): { line: number; text: string }[] {
  return evidence.calls
    .filter((each): each is Log => each.record.kind === 'log' && each.record.process === process)
    .filter(({ record }) => event === undefined || record.event === event)
    .map(({ line, record }) => ({
      line,
      text: typeof record.fields['line'] === 'string' ? record.fields['line'] : '',
    }));
}

/** A packet as tcpdump printed it: its two lines of text, and its bytes below. */
export interface Printed {
  readonly head: string;
  readonly flags: string;
  readonly length: number;
  readonly bytes: readonly string[];
  /** Read again from the printed bytes. */
  readonly segment: Segment | undefined;
}

export function printedPackets(evidence: Evidence): { packets: Printed[]; lines: number[] } {
  const rows = printedBy(evidence, 'tcpdump', 'stdout');
  const { segments } = readTcpdumpText(rows.map(({ text }) => text).join('\n'));
  const packets: { head: string[]; bytes: string[] }[] = [];
  for (const { text } of rows) {
    if (/^\d\d:\d\d:\d\d/.test(text)) packets.push({ head: [text], bytes: [] });
    else if (/^\s+0x[0-9a-f]{4}:/.test(text)) packets.at(-1)?.bytes.push(text);
    // When it is told to end tcpdump prints an empty line.
    else if (text !== '') packets.at(-1)?.head.push(text);
  }
  return {
    lines: rows.map(({ line }) => line),
    packets: packets.map(({ head, bytes }, index) => {
      const words = head.join('\n');
      return {
        head: words,
        flags: /Flags \[([^\]]*)\]/.exec(words)?.[1] ?? '',
        length: Number(/length (\d+)$/.exec(words)?.[1] ?? NaN),
        bytes,
        segment: segments[index],
      };
    }),
  };
}
