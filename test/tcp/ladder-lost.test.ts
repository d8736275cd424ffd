/** Ladders of connections of which another capture shows what never arrived, or of which the middle is hidden. */
import { expect, test } from 'vitest';
import {
  analyse,
  FLAG,
  ladderMermaid,
  ladderOf,
  type LadderOptions,
  ladderSvg,
  ladderText,
} from '../../src/tcp/index.ts';
import { conversation } from './conversation.ts';
import { pcapFile, tcpPacket } from './odd-segments.ts';

type Step = readonly [
  side: 'A' | 'B',
  flags: number,
  seq: number,
  ack: number,
  length?: number,
  window?: number,
];
const { syn: S, fin: F, rst: R, ack: A } = FLAG;

function ladder(steps: readonly Step[], options: LadderOptions): ReturnType<typeof ladderOf> {
  const connection = conversation(
    steps.map(([side, flags, seq, ack, length = 0, window = 1000]) => ({
      side,
      flags,
      seq,
      ack,
      length,
      window,
    })),
  );
  return ladderOf(connection, options);
}

const OPEN: readonly Step[] = [
  ['A', S, 0, 0],
  ['B', S | A, 0, 1],
  ['A', A, 1, 1],
];

/** Half-open: the RST in frame 4 was lost, the answer to data in frame 6 arrives. */
const HALF_OPEN: readonly Step[] = [...OPEN, ['A', R | A, 1, 1], ['B', A, 1, 1, 5], ['A', R, 1, 0]];

test('a RST that was lost closes its sender only; the one that arrives closes the other end', () => {
  const { rungs } = ladder(HALF_OPEN, { lost: new Set([4]) });
  expect(rungs.slice(3).map((rung) => rung.kind === 'segment' && rung.states)).toEqual([
    ['CLOSED', undefined],
    [undefined, undefined],
    [undefined, 'CLOSED'],
  ]);
});

test('what was lost is drawn so in every form, and nothing else is', () => {
  const drawn = ladder(HALF_OPEN, { lost: new Set([4]) });
  expect(drawn.rungs.map((rung) => rung.kind === 'segment' && rung.lost)).toEqual([
    ...[false, false, false],
    ...[true, false, false],
  ]);
  expect(ladderText(drawn).match(/✗/g)).toHaveLength(1);
  expect(ladderText(drawn)).toContain('lost on the way');
  expect(ladderMermaid(drawn).match(/--x/g)).toHaveLength(1);
  // Six arrows and two lanes; the cross of the lost one is two more lines, and it has no tip.
  expect(ladderSvg(drawn).match(/<line /g)).toHaveLength(6 + 2 + 2);
  expect(ladderSvg(drawn).match(/<path /g)).toHaveLength(5);
});

test('a state that changed where nothing is drawn stands at the first segment behind it', () => {
  const steps: Step[] = [...OPEN, ['A', F | A, 1, 1], ['B', A, 1, 2], ['B', A, 1, 2, 5], ['A', A, 2, 6]];
  const { rungs } = ladder(steps, { elide: { head: 3, tail: 1 } });
  expect(rungs.map(({ kind }) => kind)).toEqual(['segment', 'segment', 'segment', 'elided', 'segment']);
  const last = rungs.at(-1);
  expect(last?.kind === 'segment' && last.states).toEqual(['FIN-WAIT-2', 'CLOSE-WAIT']);
});

test('a window is told when it closes and when it opens again', () => {
  const steps: Step[] = [...OPEN, ['A', A, 1, 1, 9], ['B', A, 1, 10, 0, 0], ['B', A, 1, 10, 0, 700]];
  const labels = ladder(steps, {}).rungs.map((rung) => (rung.kind === 'segment' ? rung.label : ''));
  expect(labels.slice(3)).toEqual([
    'ACK seq=1 ack=1 len=9',
    'ACK seq=1 ack=10 win=0 len=0',
    'ACK seq=1 ack=10 win=700 len=0',
  ]);
});

test('a RST that refuses has the number 0 of its header (RFC 9293, section 3.5.2)', () => {
  const [connection] = analyse(
    pcapFile([
      {
        atNs: 0,
        bytes: tcpPacket({
          fromA: true,
          portA: 5000,
          portB: 80,
          seq: 1000,
          ack: 0,
          flags: S,
          window: 1000,
          length: 0,
        }),
      },
      {
        atNs: 1e6,
        bytes: tcpPacket({
          fromA: false,
          portA: 5000,
          portB: 80,
          seq: 0,
          ack: 1001,
          flags: R | A,
          window: 0,
          length: 0,
        }),
      },
    ]),
  ).connections;
  const last = connection === undefined ? undefined : ladderOf(connection).rungs.at(-1);
  expect(last?.kind === 'segment' && last.label).toBe('RST, ACK seq=0 ack=1 len=0');
});
