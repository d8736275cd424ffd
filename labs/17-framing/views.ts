import { Buffer } from 'node:buffer';
import { type Evidence, packetsOf, type PortPair, type WireView, wireView } from '../../src/check/index.ts';
import { loadProtocol } from '../../src/wire/index.ts';
import { phaseOf, type ProtocolName, PROTOCOLS, type Way, WAYS } from './scenario.ts';

/** What a program that takes a read for a packet makes of it. */
export interface Read {
  readonly bytes: number;
  readonly line: number;
  /** `packet`: exactly one; `joined`: one, and bytes behind it that such a program drops; otherwise it is not one. */
  readonly naive: 'packet' | 'joined' | 'part' | 'invalid';
}

export interface CaseView extends PortPair {
  readonly protocol: ProtocolName;
  readonly way: Way;
  readonly client: WireView;
  readonly server: WireView;
  readonly written: number;
  readonly writes: number;
  readonly writeLines: readonly number[];
  readonly reads: readonly Read[];
  /** Packets found by the framing in the bytes of server.pcap, and those of them in the right text order. */
  readonly framed: number;
}

export function caseViews(evidence: Evidence): CaseView[] {
  const serverPort = Number(evidence.manifest.parameters['port']);
  return PROTOCOLS.flatMap((protocol) =>
    WAYS.flatMap((way): CaseView[] => {
      const phase = evidence.manifest.phases.find(({ id }) => id === phaseOf(protocol, way));
      const { clientPort, bytes } = phase?.facts ?? {};
      if (phase === undefined || typeof clientPort !== 'number' || typeof bytes !== 'number') return [];
      const pair = { clientPort, serverPort };
      const client = wireView(evidence, 'client', pair);
      const server = wireView(evidence, 'server', pair);
      if (client === undefined || server === undefined) return [];
      const writes = evidence.calls.filter(
        ({ record }) =>
          record.kind === 'call' &&
          record.operation === 'send' &&
          record.host === 'client' &&
          record.atUs >= phase.startedAtUs &&
          record.atUs <= (phase.endedAtUs ?? Infinity),
      );
      const framed = packetsOf(server.connection, 0, loadProtocol(protocol));
      return [
        {
          ...pair,
          ...{ protocol, way, client, server, written: bytes, writes: writes.length },
          writeLines: writes.map(({ line }) => line),
          reads: readsOf(evidence, protocol, server, clientPort),
          framed: framed.packets.filter(({ message }) => message.type === 'send.request').length,
        },
      ];
    }),
  );
}

function readsOf(evidence: Evidence, name: ProtocolName, server: WireView, clientPort: number): Read[] {
  const protocol = loadProtocol(name);
  const { bytes: stream } = server.connection.directions[0].streamBytes();
  let at = 0;
  return evidence.calls.flatMap(({ record, line }): Read[] => {
    if (record.kind !== 'log' || record.event !== 'data' || record.host !== 'server') return [];
    if (record.fields['port'] !== clientPort) return [];
    const bytes = Number(record.fields['bytes']);
    const chunk = Buffer.from(stream.subarray(at, at + bytes));
    at += bytes;
    const decoder = protocol.decoder('client');
    decoder.push(chunk);
    const next = decoder.next();
    const naive =
      next.type === 'need-more'
        ? 'part'
        : next.type === 'invalid'
          ? 'invalid'
          : decoder.length < bytes
            ? 'joined'
            : 'packet';
    return [{ bytes, line, naive }];
  });
}

/** Packets that a program understands which takes each read for one, and drops what else is in it. */
export const naiveCount = ({ reads }: CaseView): number =>
  reads.filter(({ naive }) => naive === 'packet' || naive === 'joined').length;
