/** States of both ends, for courses of events that real TCP takes too seldom to be recorded on demand. */
import { expect, test } from 'vitest';
import { endsAfter, FLAG } from '../../src/tcp/index.ts';
import { conversation } from './conversation.ts';

type Step = readonly [side: 'A' | 'B', flags: string, seq: number, ack: number, length?: number];
const BITS: Readonly<Record<string, number>> = { S: FLAG.syn, F: FLAG.fin, R: FLAG.rst, '.': FLAG.ack };

/** `STATE/STATE` after each segment; an ambiguous one with a question mark. */
function states(steps: readonly Step[]): string[] {
  const { segments } = conversation(
    steps.map(([side, letters, seq, ack, length = 0]) => ({
      ...{ side, seq, ack, length, window: 1000 },
      flags: Array.from(letters).reduce((sum, letter) => sum | (BITS[letter] ?? 0), 0),
    })),
  );
  return segments.map((segment) =>
    endsAfter(segment)
      .map(({ state, certainty }) => `${state}${certainty === 'ambiguous' ? '?' : ''}`)
      .join('/'),
  );
}

const OPEN: readonly Step[] = [
  ['A', 'S', 0, 0],
  ['B', 'S.', 0, 1],
  ['A', '.', 1, 1],
];
/** What the states are after the handshake. */
const after = (...steps: readonly Step[]): string[] => states([...OPEN, ...steps]).slice(3);

test('the handshake', () => {
  expect(states(OPEN)).toEqual([
    'SYN-SENT/SYN-RECEIVED',
    'ESTABLISHED/SYN-RECEIVED',
    'ESTABLISHED/ESTABLISHED',
  ]);
});

test('a refused connection never was in SYN-RECEIVED', () => {
  expect(
    states([
      ['A', 'S', 0, 0],
      ['B', 'R.', 0, 1],
    ]),
  ).toEqual(['SYN-SENT/CLOSED', 'CLOSED/CLOSED']);
});

test('simultaneous open (RFC 9293, figure 7)', () => {
  const steps: Step[] = [
    ['A', 'S', 0, 0],
    ['B', 'S', 0, 0],
    ['A', 'S.', 0, 1],
    ['B', 'S.', 0, 1],
  ];
  expect(states(steps).slice(2)).toEqual(['SYN-RECEIVED/ESTABLISHED', 'ESTABLISHED/ESTABLISHED']);
});

test('both FINs lost, then sent again in the one order and in the other', () => {
  const lost: Step[] = [
    ['A', 'F.', 1, 1],
    ['B', 'F.', 1, 1],
  ];
  const one: Step[] = [...lost, ['B', 'F.', 1, 1], ['A', 'F.', 1, 1], ['A', '.', 2, 2], ['B', '.', 2, 2]];
  const other: Step[] = [...lost, ['A', 'F.', 1, 1], ['B', '.', 2, 2], ['B', 'F.', 1, 2], ['A', '.', 2, 2]];
  expect(after(...one).at(-1)).toBe('TIME-WAIT/TIME-WAIT');
  expect(after(...other).at(-1)).toBe('TIME-WAIT/TIME-WAIT');
});

test('a FIN behind a hole is not received; the byte that fills the hole brings it', () => {
  const steps: Step[] = [
    ['A', 'F.', 6, 1, 5],
    ['A', '.', 1, 1, 5],
  ];
  expect(after(...steps)).toEqual(['FIN-WAIT-1/ESTABLISHED', 'FIN-WAIT-1/CLOSE-WAIT']);
});

test('an ACK of all but the FIN leaves the closer in FIN-WAIT-1', () => {
  const steps: Step[] = [
    ['A', 'F.', 1, 1, 5],
    ['B', '.', 1, 6],
    ['B', '.', 1, 7],
  ];
  expect(after(...steps)).toEqual([
    'FIN-WAIT-1/CLOSE-WAIT',
    'FIN-WAIT-1/CLOSE-WAIT',
    'FIN-WAIT-2/CLOSE-WAIT',
  ]);
});

test('a FIN sent again into silence: the other end is taken to be where it was', () => {
  const steps: Step[] = [
    ['A', 'F.', 1, 1],
    ['A', 'F.', 1, 1],
  ];
  expect(after(...steps)).toEqual(['FIN-WAIT-1/CLOSE-WAIT', 'FIN-WAIT-1/ESTABLISHED?']);
});

// Whether the ACK was lost or the copy had left before it came, a capture cannot tell: LAST-ACK gets a question mark.
test('the last ACK lost: the FIN comes again and is acknowledged again', () => {
  const steps: Step[] = [
    ['A', 'F.', 1, 1],
    ['B', 'F.', 1, 2],
    ['A', '.', 2, 2],
    ['B', 'F.', 1, 2],
    ['A', '.', 2, 2],
  ];
  expect(after(...steps)).toEqual([
    'FIN-WAIT-1/CLOSE-WAIT',
    'TIME-WAIT/LAST-ACK',
    'TIME-WAIT/CLOSED',
    'TIME-WAIT/LAST-ACK?',
    'TIME-WAIT/CLOSED',
  ]);
});

test('a RST outside the window changes nothing for its receiver (RFC 9293, section 3.10.7.4)', () => {
  expect(after(['B', 'R', 50_000, 0])).toEqual(['ESTABLISHED/CLOSED']);
  expect(after(['B', 'R', 1, 0])).toEqual(['CLOSED/CLOSED']);
});
