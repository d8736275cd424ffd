import {
  type AppRecord,
  type Evidence,
  type Line,
  type PortPair,
  type WireView,
  wireView,
} from '../../src/check/index.ts';
import { FLAG, type Segment, type Side } from '../../src/tcp/index.ts';
import { type Case, CASES } from './scenario.ts';

type Log = Line<Extract<AppRecord, { kind: 'log' }>>;

export interface CaseView extends PortPair {
  readonly id: Case;
  readonly facts: Readonly<Record<string, number | string | boolean>>;
  readonly window: { readonly fromUs: number; readonly untilUs: number };
  readonly client: WireView;
  readonly server: WireView;
  /** What the program at each end was told when its socket was gone; undefined when it had ended itself. */
  readonly told: readonly [Log | undefined, Log | undefined];
}

export function caseViews(evidence: Evidence): CaseView[] {
  return CASES.flatMap((id) => {
    const phase = evidence.manifest.phases.find((each) => each.id === id);
    const { clientPort, serverPort } = phase?.facts ?? {};
    if (phase === undefined || typeof clientPort !== 'number' || typeof serverPort !== 'number') return [];
    const pair = { clientPort, serverPort };
    const client = wireView(evidence, 'client', pair);
    const server = wireView(evidence, 'server', pair);
    if (client === undefined || server === undefined) return [];
    const window = { fromUs: phase.startedAtUs, untilUs: phase.endedAtUs ?? phase.startedAtUs };
    // A program names a connection by the port at the other end.
    const told = (host: string, port: number): Log | undefined =>
      evidence.calls.find(
        (line): line is Log =>
          line.record.kind === 'log' &&
          line.record.event === 'close' &&
          line.record.host === host &&
          line.record.fields['port'] === port &&
          line.record.atUs >= window.fromUs &&
          line.record.atUs <= window.untilUs,
      );
    const both = [told('client', serverPort), told('server', clientPort)] as const;
    return [{ ...pair, id, facts: phase.facts, window, client, server, told: both }];
  });
}

export const codeOf = ({ told }: CaseView, side: Side): string => {
  const line = told[side];
  return line === undefined ? '–' : String(line.record.fields['code']);
};

export const rstsIn = ({ connection }: WireView): Segment[] =>
  connection.segments.filter(({ flags }) => flags & FLAG.rst);
export const finsIn = ({ connection }: WireView): Segment[] =>
  connection.segments.filter(({ flags }) => flags & FLAG.fin);

/** The RST as the capture of the host that got it has it. */
export function received(view: CaseView): Segment | undefined {
  return (
    rstsIn(view.client).find(({ side }) => side === 1) ?? rstsIn(view.server).find(({ side }) => side === 0)
  );
}
/** The capture that `received` is in. */
export const receiver = (view: CaseView): WireView =>
  received(view)?.side === 1 ? view.client : view.server;

/** The segment that a RST answers: the last one of the other side before it. */
export const cause = (view: CaseView): Segment | undefined => {
  const rst = received(view);
  return receiver(view).connection.segments.findLast(
    ({ side, frame }) => rst !== undefined && side !== rst.side && frame < rst.frame,
  );
};
