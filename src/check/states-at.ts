import type { Side } from '../tcp/index.ts';
import {
  conclude,
  failed,
  frames,
  passed,
  socketLines,
  type Statement,
  unknown,
  withoutPackets,
} from './conclude.ts';
import { type Evidence, TRANSITIONS_FILE } from './evidence.ts';
import { socketAt } from './socket-view.ts';
import { same, type Text, text } from './text.ts';
import { heldAgainstTrace } from './traced-states.ts';
import type { Finding } from './verdict.ts';
import { type PortPair, stateByPackets, wireView } from './wire-view.ts';

/** In which state an end of a connection must be at a snapshot; `none`: it has no socket there. */
export interface StateWanted extends PortPair {
  readonly host: string;
  /** 0: this host opened the connection. */
  readonly side: Side;
  readonly label: string;
  readonly state: string;
  /** Whose word counts: where packets cannot know (a lost FIN, a timer that ran out) the kernel's alone. */
  readonly by?: 'both' | 'kernel';
}

/**
 * Holds the kernel's word against the packets' at each moment, and both against what the lab teaches. Where the two
 * contradict each other nothing is proven: `ungradable`.
 */
export function statesAt(evidence: Evidence, expected: Text, wanted: readonly StateWanted[]): Finding {
  if (evidence.captures.length === 0 && wanted.some(({ by }) => by !== 'kernel'))
    return withoutPackets(expected);
  const statements = wanted.map((want) => one(evidence, want));
  const bad = statements.filter(({ verdict }) => verdict !== 'pass');
  return conclude(expected, bad.length > 0 ? bad : [merged(statements)]);
}

function one(evidence: Evidence, want: StateWanted): Statement {
  const { host, side, label, state, clientPort, serverPort, by = 'both' } = want;
  const [localPort, remotePort] = side === 0 ? [clientPort, serverPort] : [serverPort, clientPort];
  const seen = socketAt(evidence, host, label, { localPort, remotePort });
  const name = `${host} (${label})`;
  if (seen === undefined) return unknown(text(`${name}: no snapshot`, `${name}：没有快照`));
  const kernel = socketLines(seen.line);
  const traced = heldAgainstTrace(evidence, host, { localPort, remotePort }, seen.state, seen.seenUs);
  if (traced?.agrees === false) {
    const told = traced.states.join(' → ');
    return unknown(
      text(
        `${name}: ${seen.state} by the socket table, ${told} by the tracepoint`,
        `${name}：套接字表为 ${seen.state}，跟踪点为 ${told}`,
      ),
      kernel,
      { witness: 'kernel', file: TRANSITIONS_FILE, lines: traced.lines },
    );
  }
  if (by === 'kernel') {
    return (seen.state === state ? passed : failed)(same(`${name}: ${seen.state}`), kernel);
  }
  const view = wireView(evidence, host, want);
  if (view === undefined)
    return unknown(text(`${name}: not in the capture`, `${name}：抓包中没有该连接`), kernel);
  const packets = stateByPackets(view, side, seen.seenUs);
  const wire = frames(view.capture.file, packets.frame);
  if (packets.state !== seen.state) {
    return unknown(
      text(
        `${name}: ${seen.state} by the kernel, ${packets.state} by the packets`,
        `${name}：内核为 ${seen.state}，分组推断为 ${packets.state}`,
      ),
      kernel,
      wire,
    );
  }
  return (seen.state === state ? passed : failed)(same(`${name}: ${seen.state}`), kernel, wire);
}

function merged(statements: readonly Statement[]): Statement {
  const seen = statements.map(({ seen: one }) => one.en).join(', ');
  return passed(same(seen), ...statements.flatMap(({ where }) => where ?? []));
}
