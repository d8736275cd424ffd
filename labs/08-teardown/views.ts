import { type Evidence, type PortPair, type WireView, wireView } from '../../src/check/index.ts';
import { FLAG, type Segment, type Side } from '../../src/tcp/index.ts';
import { type Ending, ENDINGS } from './scenario.ts';

export interface EndingView extends PortPair {
  readonly ending: Ending;
  readonly window: { readonly fromUs: number; readonly untilUs: number };
  readonly client: WireView | undefined;
  readonly server: WireView | undefined;
  readonly moreBytes: number;
}

export function endingViews(evidence: Evidence): EndingView[] {
  return ENDINGS.flatMap((ending) => {
    const phase = evidence.manifest.phases.find(({ id }) => id === ending);
    const clientPort = phase?.facts['clientPort'];
    const serverPort = phase?.facts['serverPort'];
    if (phase === undefined || typeof clientPort !== 'number' || typeof serverPort !== 'number') return [];
    const pair = { clientPort, serverPort };
    const window = { fromUs: phase.startedAtUs, untilUs: phase.endedAtUs ?? phase.startedAtUs };
    const moreBytes = Number(phase.facts['moreBytes'] ?? 0);
    const [client, server] = [wireView(evidence, 'client', pair), wireView(evidence, 'server', pair)];
    return [{ ...pair, ending, window, client, server, moreBytes }];
  });
}

/** A FIN and the first segment of the other side whose acknowledgment number goes beyond it, read from the numbers. */
export interface FinRead {
  readonly side: Side;
  readonly fin: Segment;
  readonly ack: Segment | undefined;
}

/** Counted here anew, from relative sequence numbers, and not taken from the trace's own verdict. */
export function finsOf({ connection }: WireView): FinRead[] {
  const { segments } = connection;
  return segments
    .filter(({ flags }) => flags & FLAG.fin)
    .filter((fin, index, all) => all.findIndex(({ side }) => side === fin.side) === index)
    .map((fin) => {
      const number = fin.relSeq + fin.payloadLength;
      const ack = segments.find(
        (each) => each.side !== fin.side && each.frame > fin.frame && each.relAck > number,
      );
      return { side: fin.side, fin, ack };
    });
}

/** 3 when the first FIN's ACK stands in the segment of the second FIN, else 4; undefined when it is no such close. */
export function segmentsOfClose(view: WireView): 3 | 4 | undefined {
  const [first, second] = finsOf(view);
  if (first?.ack === undefined || second?.ack === undefined) return undefined;
  return first.ack.frame === second.fin.frame ? 3 : 4;
}
