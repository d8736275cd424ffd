import {
  type AppRecord,
  type Evidence,
  type HostCapture,
  isRecord,
  type Line,
  packetsOf,
  type PortPair,
  type WirePacket,
  type WireView,
  wireView,
} from '../../src/check/index.ts';
import type { MessageType } from '../../src/wire/index.ts';
import { type Command, COMMANDS } from './scenario.ts';

/** A packet of the protocol in one host's capture. */
export interface Placed extends WirePacket {
  readonly capture: HostCapture;
  readonly atUs: number;
}

/** The same packet where it left and where it arrived. */
export interface Journey {
  readonly from: Placed;
  readonly to: Placed | undefined;
}

export type Who = 'client' | 'friend';

/** One of the two connections. */
export interface Link extends PortPair {
  readonly who: Who;
  /** In the capture of its client, and in the server's. */
  readonly here: WireView | undefined;
  readonly there: WireView | undefined;
  /** Packets as they left: a client's from its own capture, the server's from the server's. */
  readonly sent: readonly Journey[];
  readonly received: readonly Journey[];
}

export interface CommandView {
  readonly command: Command;
  readonly window: { readonly fromUs: number; readonly untilUs: number };
  readonly facts: Readonly<Record<string, unknown>>;
  /** All packets of this command on both connections, in the order in which they left. */
  readonly packets: readonly (Journey & { readonly who: Who })[];
  readonly call: Line<Extract<AppRecord, { kind: 'call' }>> | undefined;
  /** What the program got: the call's value, or the code and sentence of its error. */
  readonly outcome: Line<Extract<AppRecord, { kind: 'return' | 'throw' }>> | undefined;
}

export function links(evidence: Evidence): Link[] {
  const facts = evidence.manifest.phases.find(({ id }) => id === 'connect')?.facts;
  const serverPort = Number(evidence.manifest.parameters['port']);
  return (['client', 'friend'] as const).flatMap((who): Link[] => {
    const clientPort = facts?.[who === 'client' ? 'senderPort' : 'friendPort'];
    if (typeof clientPort !== 'number') return [];
    const pair = { clientPort, serverPort };
    const [here, there] = [wireView(evidence, who, pair), wireView(evidence, 'server', pair)];
    return [
      {
        ...{ ...pair, who, here, there },
        sent: journeys(evidence, here, there, 0),
        received: journeys(evidence, there, here, 1),
      },
    ];
  });
}

function journeys(
  evidence: Evidence,
  from: WireView | undefined,
  to: WireView | undefined,
  side: 0 | 1,
): Journey[] {
  const left = placed(evidence, from, side);
  const arrived = new Map(placed(evidence, to, side).map((packet) => [packet.offset, packet]));
  return left.map((packet) => ({ from: packet, to: arrived.get(packet.offset) }));
}

function placed(evidence: Evidence, view: WireView | undefined, side: 0 | 1): Placed[] {
  if (view === undefined) return [];
  const { capture, connection } = view;
  const { packets } = packetsOf(connection, side, evidence.protocol);
  return packets.map((packet) => ({ ...packet, capture, atUs: capture.atUs(packet.atNs) }));
}

export function commandViews(evidence: Evidence): CommandView[] {
  const { phases } = evidence.manifest;
  const both = links(evidence);
  return COMMANDS.flatMap((command): CommandView[] => {
    const at = phases.findIndex(({ id }) => id === command);
    const phase = phases[at];
    if (phase === undefined) return [];
    // A text may still be on its way to its receiver when its sender goes on.
    const untilUs = phases[at + 1]?.startedAtUs ?? phase.endedAtUs ?? Infinity;
    const window = { fromUs: phase.startedAtUs, untilUs };
    const within = ({ atUs }: { readonly atUs: number }): boolean =>
      atUs >= window.fromUs && atUs < window.untilUs;
    const packets = both
      .flatMap(({ who, sent, received }) =>
        [...sent, ...received].filter(({ from }) => within(from)).map((each) => ({ ...each, who })),
      )
      .sort((a, b) => a.from.atUs - b.from.atUs);
    const mine = evidence.calls.filter(({ record }) => record.host === 'client' && within(record));
    const call = mine.find((line): line is NonNullable<CommandView['call']> => line.record.kind === 'call');
    const outcome = mine.find(
      (line): line is NonNullable<CommandView['outcome']> =>
        (line.record.kind === 'return' || line.record.kind === 'throw') &&
        line.record.call === call?.record.call,
    );
    return [{ command, window, facts: phase.facts, packets, call, outcome }];
  });
}

export const packetOf = (
  view: CommandView,
  who: Who,
  type: MessageType,
): CommandView['packets'][number] | undefined =>
  view.packets.find((packet) => packet.who === who && packet.from.message.type === type);

/** What the receiver's program says that it was told. */
export function heard(evidence: Evidence): Line<Extract<AppRecord, { kind: 'log' }>> | undefined {
  return evidence.calls.find(
    (line): line is Line<Extract<AppRecord, { kind: 'log' }>> =>
      line.record.kind === 'log' && line.record.host === 'friend' && line.record.event === 'message',
  );
}

export interface Entry {
  readonly address: string;
  readonly port: number;
}

export const entriesOf = (value: unknown): Entry[] =>
  Array.isArray(value)
    ? value
        .filter(isRecord)
        .map((entry) => ({ address: String(entry['address']), port: Number(entry['port']) }))
    : [];
