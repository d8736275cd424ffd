import { Buffer } from 'node:buffer';
import { type Evidence, packetsOf, type PortPair, type WireView, wireView } from '../../src/check/index.ts';
import { compileProtocol, type Protocol } from '../../src/wire/index.ts';
import {
  DESCRIPTION,
  type Greeting,
  GREETINGS,
  phaseOf,
  type ProtocolName,
  PROTOCOLS,
  type Way,
  WAYS,
} from './scenario.ts';

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
  return PROTOCOLS.flatMap((protocol) => {
    const description = descriptionIn(evidence, protocol);
    if (description === undefined) return [];
    return WAYS.flatMap((way): CaseView[] => {
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
      const framed = packetsOf(server.connection, 0, description);
      return [
        {
          ...pair,
          ...{ protocol, way, client, server, written: bytes, writes: writes.length },
          writeLines: writes.map(({ line }) => line),
          reads: readsOf(evidence, description, server, clientPort),
          framed: framed.packets.filter(({ message }) => message.type === 'send.request').length,
        },
      ];
    });
  });
}

/** The description as the run noted it. */
function descriptionIn(evidence: Evidence, name: ProtocolName): Protocol | undefined {
  for (const { record } of evidence.calls) {
    if (record.kind !== 'log' || record.event !== DESCRIPTION || record.fields['protocol'] !== name) continue;
    const text = record.fields['text'];
    return typeof text === 'string' ? compileProtocol(text, name) : undefined;
  }
  return undefined;
}

/** The connections on which a server greets, and what the client's program read. */
export interface GreetingView extends PortPair {
  readonly way: Greeting;
  readonly client: WireView;
  readonly server: WireView;
  readonly greetingBytes: number;
  readonly answerBytes: number;
  readonly reads: readonly { readonly bytes: number; readonly line: number; readonly text: string }[];
}

export function greetingViews(evidence: Evidence): GreetingView[] {
  const serverPort = Number(evidence.manifest.parameters['port']);
  return GREETINGS.flatMap((way): GreetingView[] => {
    const phase = evidence.manifest.phases.find(({ id }) => id === way);
    const { clientPort, greetingBytes, answerBytes } = phase?.facts ?? {};
    if (phase === undefined || typeof clientPort !== 'number') return [];
    const pair = { clientPort, serverPort };
    const client = wireView(evidence, 'client', pair);
    const server = wireView(evidence, 'server', pair);
    if (client === undefined || server === undefined) return [];
    const { bytes: stream } = client.connection.directions[1].streamBytes();
    let at = 0;
    const reads = evidence.calls.flatMap(({ record, line }) => {
      if (record.kind !== 'log' || record.event !== 'data' || record.host !== 'client') return [];
      if (record.atUs < phase.startedAtUs || record.atUs > (phase.endedAtUs ?? Infinity)) return [];
      const bytes = Number(record.fields['bytes']);
      const text = Buffer.from(stream.subarray(at, at + bytes)).toString('latin1');
      at += bytes;
      return [{ bytes, line, text }];
    });
    return [
      {
        ...{ ...pair, way, client, server, reads },
        greetingBytes: Number(greetingBytes),
        answerBytes: Number(answerBytes),
      },
    ];
  });
}

/** What is left as an answer for a client that takes its first read for the greeting. */
export const answersLeft = ({ reads, answerBytes }: GreetingView): number =>
  reads.slice(1).filter(({ bytes }) => bytes === answerBytes).length;

function readsOf(evidence: Evidence, protocol: Protocol, server: WireView, clientPort: number): Read[] {
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
