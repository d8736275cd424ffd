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
import { absent } from './said.ts';
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
  /** The moment as a reader is told of it, the snapshot's label when absent; and of which of a lab's cases it is. */
  readonly moment?: Text;
  readonly of?: Text;
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
  const looks = wanted.map((want) => ({ want, statement: judged(evidence, want) }));
  const bad = looks.flatMap(({ statement }) => (statement.verdict === 'pass' ? [] : [statement]));
  return conclude(expected, bad.length > 0 ? bad : [merged(looks)]);
}

interface Look {
  readonly want: StateWanted;
  readonly statement: Statement;
}

/** Which end of the connection, whatever its host is called: both may be on one. */
const END: readonly [Text, Text] = [text('client', '客户端'), text('server', '服务器')];

const momentOf = ({ moment, label }: Pick<StateWanted, 'moment' | 'label'>): Text => moment ?? same(label);

function judged(evidence: Evidence, want: StateWanted): Statement {
  const { host, side, label, state, clientPort, serverPort, by = 'both' } = want;
  const [localPort, remotePort] = side === 0 ? [clientPort, serverPort] : [serverPort, clientPort];
  const seen = socketAt(evidence, host, label, { localPort, remotePort });
  const [moment, end] = [momentOf(want), END[side]];
  const which = want.of ?? text('', '');
  const name = text(
    [which.en, moment.en, end.en].filter((part) => part !== '').join(', '),
    [which.zh, moment.zh, end.zh].filter((part) => part !== '').join('，'),
  );
  if (seen === undefined) return unknown(text(`${name.en}: no snapshot`, `${name.zh}：没有快照`));
  const found = absent(seen.state);
  const kernel = socketLines(seen.line);
  const traced = heldAgainstTrace(evidence, host, { localPort, remotePort }, seen.state, seen.seenUs);
  if (traced?.agrees === false) {
    const told = traced.states.join(' → ');
    return unknown(
      text(
        `${name.en}: ${found.en} by the socket table, ${told} by the tracepoint`,
        `${name.zh}：套接字表为 ${found.zh}，跟踪点为 ${told}`,
      ),
      kernel,
      { witness: 'kernel', file: TRANSITIONS_FILE, lines: traced.lines },
    );
  }
  if (by === 'kernel') {
    return (seen.state === state ? passed : failed)(is(name, found), kernel);
  }
  const view = wireView(evidence, host, want);
  if (view === undefined)
    return unknown(text(`${name.en}: not in the capture`, `${name.zh}：抓包中没有该连接`), kernel);
  const packets = stateByPackets(view, side, seen.seenUs);
  const wire = frames(view.capture.file, packets.frame);
  if (packets.state !== seen.state) {
    return unknown(
      text(
        `${name.en}: ${found.en} by the kernel, ${absent(packets.state).en} by the packets`,
        `${name.zh}：内核为 ${found.zh}，分组推断为 ${absent(packets.state).zh}`,
      ),
      kernel,
      wire,
    );
  }
  return (seen.state === state ? passed : failed)(is(name, found), kernel, wire);
}

const is = (name: Text, state: Text): Text => text(`${name.en}: ${state.en}`, `${name.zh}：${state.zh}`);

/** All that was seen as it should be: what the sockets were, and when; moments and cases that were alike in one. */
function merged(looks: readonly Look[]): Statement {
  const labels = [...new Set(looks.map(({ want }) => want.label))].map((label) => {
    const group = looks.flatMap(({ want }) => (want.label === label ? [want] : []));
    const states = group.map(({ side, state }) => [side, state] as const);
    return { moment: momentOf(group[0] ?? { label }), of: group[0]?.of, ends: endsText(states) };
  });
  const byMoment = grouped(labels, ({ moment, ends }) => JSON.stringify([moment, ends])).map((group) => {
    const [{ moment, ends }] = group;
    const cases = group.flatMap(({ of }) => of ?? []);
    const all = labels.filter((each) => each.moment.en === moment.en).length === group.length;
    const name =
      all || cases.length === 0
        ? moment
        : text(
            `${moment.en} (${cases.map(({ en }) => en).join(', ')})`,
            `${moment.zh}（${cases.map(({ zh }) => zh).join('、')}）`,
          );
    return { name, ends };
  });
  const parts = grouped(byMoment, ({ ends }) => ends.en).map((group) =>
    text(
      `${group.map(({ name }) => name.en).join(', ')}: ${group[0].ends.en}`,
      `${group.map(({ name }) => name.zh).join('、')}：${group[0].ends.zh}`,
    ),
  );
  const seen = text(parts.map(({ en }) => en).join('; '), parts.map(({ zh }) => zh).join('；'));
  return passed(seen, ...looks.flatMap(({ statement }) => statement.where ?? []));
}

/** `ESTABLISHED at both ends`, `client TIME_WAIT, server no socket`. */
function endsText(states: readonly (readonly [Side, string])[]): Text {
  const [here, there] = [0, 1].map((side) => states.find(([which]) => which === side)?.[1]);
  if (here !== undefined && here === there)
    return here === 'none'
      ? text('no socket at either end', '两端均无套接字')
      : text(`${here} at both ends`, `两端均为 ${here}`);
  return text(
    states.map(([side, state]) => `${END[side].en} ${absent(state).en}`).join(', '),
    states
      .map(([side, state]) => `${END[side].zh}${state === 'none' ? '' : ' '}${absent(state).zh}`)
      .join('，'),
  );
}

/** What has the same key together, in the order of the first of each. */
function grouped<T>(items: readonly T[], keyOf: (item: T) => string): [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
