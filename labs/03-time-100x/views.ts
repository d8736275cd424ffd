import {
  type AppRecord,
  type Evidence,
  type HostCapture,
  type Line,
  numberedByOrder,
  packetsOf,
  type WirePacket,
} from '../../src/check/index.ts';
import type { Connection } from '../../src/tcp/index.ts';
import { requestNumber } from '../../src/wire/index.ts';
import { type Phase, PHASES } from './scenario.ts';

type AppPacket = Extract<AppRecord, { kind: 'packet' }>;
type AppWrite = Extract<AppRecord, { kind: 'write' }>;

/** One of the four connections as the three witnesses show it. */
export interface PhaseView {
  readonly phase: Phase;
  readonly requests: number;
  readonly clientPort: number;
  readonly serverPort: number;
  /** By host name; undefined where the capture does not have it. */
  readonly wire: { readonly client: WireView | undefined; readonly server: WireView | undefined };
  readonly clientApp: readonly Line<AppPacket>[];
  readonly serverApp: readonly Line<AppPacket>[];
  /** Writes to the socket: of the client behind its connect, of the server for this client. */
  readonly clientWrites: readonly Line<AppWrite>[];
  readonly serverWrites: readonly Line<AppWrite>[];
}

/** The connection in one host's capture. */
export interface WireView {
  readonly capture: HostCapture;
  readonly connection: Connection;
  readonly sent: readonly WirePacket[];
  readonly received: readonly WirePacket[];
  /** What stopped the reading of a stream, if anything did. */
  readonly stopped: string | undefined;
}

export function phaseViews(evidence: Evidence): PhaseView[] {
  return PHASES.flatMap((phase) => {
    const run = evidence.manifest.phases.find(({ id }) => id === phase.id);
    const clientPort = run?.facts['clientPort'];
    if (run === undefined || typeof clientPort !== 'number') return [];
    const serverPort = Number(evidence.manifest.parameters['port']);
    const within = ({ atUs }: AppRecord): boolean =>
      atUs >= run.startedAtUs && atUs <= (run.endedAtUs ?? Infinity);
    const lines = evidence.calls.filter(({ record }) => within(record));
    const of = <K extends AppRecord['kind']>(
      kind: K,
      host: string,
    ): Line<Extract<AppRecord, { kind: K }>>[] =>
      lines.filter(
        (line): line is Line<Extract<AppRecord, { kind: K }>> =>
          line.record.kind === kind && line.record.host === host,
      );
    return [
      {
        phase,
        requests: Number(run.facts['requests']),
        clientPort,
        serverPort,
        wire: {
          client: wireView(evidence, 'client', clientPort),
          server: wireView(evidence, 'server', clientPort),
        },
        clientApp: recordsNumbered(evidence, of('packet', 'client')),
        serverApp: recordsNumbered(evidence, of('packet', 'server')),
        clientWrites: of('write', 'client'),
        serverWrites: of('write', 'server'),
      },
    ];
  });
}

function wireView(evidence: Evidence, host: string, clientPort: number): WireView | undefined {
  const capture = evidence.captures.find((candidate) => candidate.host === host);
  const connection = capture?.analysis.connections.find(({ initiator }) => initiator.port === clientPort);
  if (capture === undefined || connection === undefined) return undefined;
  const sent = packetsOf(connection, 0, evidence.protocol);
  const received = packetsOf(connection, 1, evidence.protocol);
  return {
    capture,
    connection,
    sent: packetsNumbered(evidence, sent.packets),
    received: packetsNumbered(evidence, received.packets),
    stopped: (sent.stopped ?? received.stopped)?.message,
  };
}

function packetsNumbered(evidence: Evidence, packets: readonly WirePacket[]): readonly WirePacket[] {
  if (evidence.protocol.numbersRequests) return packets;
  return numberedByOrder(
    packets,
    ({ message }) => message.type,
    (packet, number) => ({ ...packet, message: { ...packet.message, request: requestNumber(number) } }),
  );
}

function recordsNumbered(evidence: Evidence, lines: readonly Line<AppPacket>[]): readonly Line<AppPacket>[] {
  if (evidence.protocol.numbersRequests) return lines;
  return numberedByOrder(
    lines,
    ({ record }) => record.type,
    ({ line, record }, request) => ({ line, record: { ...record, request } }),
  );
}

/** An exchange as the client's capture and the client's program show it. Times are microseconds since 1970. */
export interface Exchange {
  readonly request: number;
  readonly askedFrames: readonly number[];
  readonly answeredFrames: readonly number[];
  /** From the request's last byte to the answer's last byte on the client's wire. */
  readonly wireMs: number;
  /** From the client's write to its reading the answer. */
  readonly appMs: number | undefined;
}

export function exchanges(view: PhaseView): Exchange[] {
  const { client } = view.wire;
  if (client === undefined) return [];
  const answers = new Map(
    client.received
      .filter(({ message }) => message.type === 'time.response')
      .map((packet) => [packet.message.request, packet]),
  );
  const times = (direction: 'sent' | 'received', type: string): Map<number, number> =>
    new Map(
      view.clientApp
        .filter(({ record }) => record.direction === direction && record.type === type)
        .map(({ record }) => [record.request, record.atUs]),
    );
  const asked = times('sent', 'time.request');
  const got = times('received', 'time.response');
  return client.sent.flatMap((packet) => {
    const answer = answers.get(packet.message.request);
    if (packet.message.type !== 'time.request' || answer === undefined) return [];
    const start = asked.get(packet.message.request);
    const end = got.get(packet.message.request);
    return [
      {
        request: packet.message.request,
        askedFrames: packet.frames,
        answeredFrames: answer.frames,
        wireMs: (answer.atNs - packet.atNs) / 1e6,
        appMs: start === undefined || end === undefined ? undefined : (end - start) / 1000,
      },
    ];
  });
}

/** Segments that carried the requests, or the answers: those whose bytes belong to such packets, greeting and bye left out. */
export function carriers(packets: readonly WirePacket[], type: string): number[] {
  return [...new Set(packets.filter(({ message }) => message.type === type).flatMap(({ frames }) => frames))];
}
