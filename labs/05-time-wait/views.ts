import {
  type Evidence,
  looksAt,
  type PortPair,
  type SocketName,
  type Stay,
  staysOf,
  type WireView,
  wireView,
} from '../../src/check/index.ts';
import { type Role, ROLES } from './scenario.ts';

export interface RoleView extends PortPair {
  readonly role: Role;
  /** The host that closes first, by the scenario. */
  readonly waiter: 'client' | 'server';
  readonly socket: SocketName;
  /** In the waiter's own capture. */
  readonly wire: WireView | undefined;
  readonly client: WireView | undefined;
  /** When its last ACK left: what TIME_WAIT begins with. */
  readonly lastAckUs: number | undefined;
  readonly lastAckFrame: number | undefined;
  readonly wait: Stay | undefined;
  /** Connections that were closed in the same way before, and whose TIME_WAIT a RST ended at once. */
  readonly earlier: readonly { readonly clientPort: number; readonly rstFrame: number }[];
  /** The kernel's timer at each look; `line` of sockets.jsonl. */
  readonly timer: readonly { readonly atUs: number; readonly timerMs: number; readonly line: number }[];
}

export function roleViews(evidence: Evidence): RoleView[] {
  return ROLES.flatMap((role) => {
    const facts = evidence.manifest.phases.find(({ id }) => id === role)?.facts;
    const clientPort = facts?.['clientPort'];
    const serverPort = facts?.['serverPort'];
    if (typeof clientPort !== 'number' || typeof serverPort !== 'number') return [];
    const pair = { clientPort, serverPort };
    const waiter = role === 'client-first' ? ('client' as const) : ('server' as const);
    const socket =
      waiter === 'client'
        ? { localPort: clientPort, remotePort: serverPort }
        : { localPort: serverPort, remotePort: clientPort };
    const wire = wireView(evidence, waiter, pair);
    const side = waiter === 'client' ? 0 : 1;
    const fin = wire?.connection.close.fins.find((each) => each.side !== side);
    return [
      {
        ...pair,
        ...{ role, waiter, socket, wire },
        client: wireView(evidence, 'client', pair),
        earlier: endedByReset(evidence, waiter, serverPort, clientPort),
        lastAckUs: fin?.ackAtNs === undefined ? undefined : wire?.capture.atUs(fin.ackAtNs),
        lastAckFrame: fin?.ackFrame,
        wait: staysOf(evidence, waiter, socket).find(({ state }) => state === 'TIME_WAIT'),
        timer: looksAt(evidence, waiter, socket)
          .filter(({ row }) => row.state === 'TIME_WAIT')
          .map(({ atUs, row, line }) => ({ atUs, timerMs: row.timerMs, line })),
      },
    ];
  });
}

/** How long the entry was there, in seconds: at least, and at most, by the looks around its two ends. */
export function lasted({ wait, lastAckUs }: RoleView): { least: number; most: number } | undefined {
  if (wait?.untilUs === undefined || wait.lastSeenUs === undefined) return undefined;
  // It cannot have begun before the ACK that began it, nor after the look that saw it.
  const earliest = lastAckUs ?? wait.notBeforeUs ?? wait.fromUs;
  return { least: (wait.lastSeenUs - wait.fromUs) / 1e6, most: (wait.untilUs - earliest) / 1e6 };
}

/** What the timer said at the first look that saw it, in seconds. */
export const promised = ({ timer }: RoleView): number | undefined =>
  timer[0] === undefined ? undefined : timer[0].timerMs / 1000;

function endedByReset(
  evidence: Evidence,
  waiter: string,
  serverPort: number,
  but: number,
): RoleView['earlier'] {
  const capture = evidence.captures.find(({ host }) => host === waiter);
  return (capture?.analysis.connections ?? []).flatMap(({ initiator, responder, close }) => {
    const reset = close.resets.find(
      ({ frame }) => close.fins.length === 2 && close.fins.every((fin) => fin.frame < frame),
    );
    if (responder.port !== serverPort || initiator.port === but || reset === undefined) return [];
    return [{ clientPort: initiator.port, rstFrame: reset.frame }];
  });
}
