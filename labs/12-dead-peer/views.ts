import {
  type AppRecord,
  type Evidence,
  type Line,
  looksAt,
  type PortPair,
  type WireView,
  wireView,
} from '../../src/check/index.ts';
import { FLAG, type Segment } from '../../src/tcp/index.ts';
import { type Way, WAYS } from './scenario.ts';

type Log = Line<Extract<AppRecord, { kind: 'log' }>>;

export interface WayView extends PortPair {
  readonly way: Way;
  /** Both captures of the connection. */
  readonly client: WireView | undefined;
  readonly server: WireView | undefined;
  /** The last segment that the server's host got from the client. */
  readonly heard: Segment | undefined;
  readonly heardUs: number;
  /** What the server's host sent from then until the lab had seen enough. */
  readonly tried: readonly Segment[];
  /** How much of that came as far as the client's host. */
  readonly arrived: number;
  /** The server's program lost the connection. */
  readonly closed: Log | undefined;
  /** The program itself gave up, and why. */
  readonly gaveUp: Log | undefined;
  /** By the kernel's own count of the server's socket: unanswered probes, and retransmissions. */
  readonly probes: number;
  readonly retransmits: number;
  readonly timers: ReadonlySet<string>;
  readonly socketLines: readonly number[];
}

export interface CutView {
  readonly cutUs: number;
  readonly killedUs: number;
  readonly window: { readonly fromUs: number; readonly untilUs: number };
  readonly facts: Readonly<Record<string, number | string | boolean>>;
  readonly dead: readonly WayView[];
  readonly living: readonly WayView[];
}

export function cutView(evidence: Evidence): CutView | undefined {
  const phase = evidence.manifest.phases.find(({ id }) => id === 'cut');
  const { cutUs, killedUs } = phase?.facts ?? {};
  if (phase === undefined || typeof cutUs !== 'number' || typeof killedUs !== 'number') return undefined;
  const { facts } = phase;
  const untilUs = phase.endedAtUs ?? Infinity;
  const of = (who: 'dead' | 'living'): WayView[] =>
    WAYS.flatMap((way, index) => {
      const clientPort = facts[`${who} ${way}`];
      if (typeof clientPort !== 'number') return [];
      const serverPort = Number(evidence.manifest.parameters['port']) + index;
      return [
        wayView(evidence, way, { clientPort, serverPort }, who === 'dead' ? 'client' : 'living', {
          cutUs,
          untilUs,
        }),
      ];
    });
  const window = { fromUs: phase.startedAtUs, untilUs: phase.endedAtUs ?? phase.startedAtUs };
  return { cutUs, killedUs, window, facts, dead: of('dead'), living: of('living') };
}

function wayView(evidence: Evidence, way: Way, pair: PortPair, host: string, span: Span): WayView {
  const { cutUs, untilUs } = span;
  const within = (us: number): boolean => us > cutUs && us <= untilUs;
  const client = wireView(evidence, host, pair);
  const server = wireView(evidence, 'server', pair);
  const segments = server?.connection.segments ?? [];
  const at = (view: WireView | undefined, segment: Segment): number => view?.capture.atUs(segment.atNs) ?? 0;
  const heard = segments.findLast((segment) => segment.side === 0 && at(server, segment) <= untilUs);
  // The looks of a socket of this pair: the same ports on two clients' addresses would be two sockets.
  const address = server?.connection.initiator.address;
  const looks = looksAt(evidence, 'server', {
    localPort: pair.serverPort,
    remotePort: pair.clientPort,
  }).filter(({ row }) => row.remoteAddress.endsWith(address ?? ''));
  const log = (event: string): Log | undefined =>
    evidence.calls.find(
      (line): line is Log =>
        line.record.kind === 'log' &&
        line.record.host === 'server' &&
        line.record.event === event &&
        line.record.fields['port'] === pair.clientPort &&
        within(line.record.atUs),
    );
  return {
    ...pair,
    ...{ way, client, server, heard },
    heardUs: heard === undefined ? NaN : at(server, heard),
    tried: segments.filter((segment) => segment.side === 1 && within(at(server, segment))),
    arrived: (client?.connection.segments ?? []).filter(
      (segment) => segment.side === 1 && within(at(client, segment)),
    ).length,
    closed: log('close'),
    gaveUp: log('gives-up'),
    probes: Math.max(0, ...looks.map(({ row }) => row.probes)),
    retransmits: Math.max(0, ...looks.map(({ row }) => row.retransmits)),
    timers: new Set(looks.filter(({ atUs }) => atUs > cutUs).map(({ row }) => row.timer)),
    socketLines: looks
      .filter(({ atUs, row }) => atUs > cutUs && (row.probes > 0 || row.retransmits > 0))
      .map(({ line }) => line),
  };
}

interface Span {
  readonly cutUs: number;
  /** The scenario ends its programs then, which is none of the lab's matter. */
  readonly untilUs: number;
}

/** Keep-alive probes as Linux sends them: no data, and a number that was acknowledged before (one below the next). */
export const probesIn = ({ server, tried }: WayView): Segment[] => {
  const next = (server?.connection.directions[1].streamLength ?? 0) + 1;
  return tried.filter(
    ({ flags, payloadLength, relSeq }) =>
      payloadLength === 0 && relSeq === next - 1 && (flags & (FLAG.rst | FLAG.fin | FLAG.syn)) === 0,
  );
};
export const dataIn = ({ tried }: WayView): Segment[] =>
  tried.filter(({ payloadLength }) => payloadLength > 0);
export const rstsIn = ({ tried }: WayView): Segment[] => tried.filter(({ flags }) => flags & FLAG.rst);
/** Seconds from the last that was heard to the moment at which the program knew. */
export const secondsOf = ({ closed, gaveUp, heardUs }: WayView): number =>
  ((gaveUp ?? closed)?.record.atUs ?? NaN) / 1e6 - heardUs / 1e6;
export const codeOf = ({ closed }: WayView): string =>
  closed === undefined ? '–' : String(closed.record.fields['code']);
