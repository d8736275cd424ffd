/** What a trace says, in English. The Chinese has the same keys: `words-zh.ts`. */
import { EN_FINDINGS } from './words-en-findings.ts';

const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;
const segments = (count: number): string => (count === 1 ? 'one segment' : `${count} segments`);
const bytes = (count: number): string => plural(count, 'byte');

export const EN = {
  ...EN_FINDINGS,
  language: 'en' as 'en' | 'zh',
  sides: ['client', 'server'] as readonly [string, string],
  /** Sides as the subject of a sentence. */
  subjects: ['the client', 'the server'] as readonly [string, string],

  // The input.
  sum: (shown: number, connections: number, tcp: number, packets: number, since: string): string =>
    `${shown === connections ? plural(connections, 'connection') : `${shown} of ${plural(connections, 'connection')}`}, ` +
    `${plural(tcp, 'TCP segment')} in ${plural(packets, 'packet')}${since === '' ? '' : `, from ${since}`}`,
  inOrderOfEnd: 'connections in the order in which they ended; the sum is at the end',
  note: 'note',
  dropped: (count: number): string =>
    `the capture dropped ${plural(count, 'packet')}: what seems lost may only not have been captured`,
  standardInput: 'standard input',

  // One connection.
  connection: (id: number): string => `connection ${id}`,
  headline: (from: string, to: string, known: boolean, count: number, out: number, back: number): string =>
    `${from} → ${to}${known ? '' : ' (who opened it is a guess from the ports)'}: ` +
    `${plural(count, 'segment')}, ${bytes(out)} →, ${bytes(back)} ←`,
  atTheEnd: 'at the end',
  happened: 'What happened',
  shows: 'What it shows',
  timelineColumns: ['ms', 'frames', 'what happened'] as readonly string[],
  findingColumns: ['how sure', 'who', 'what it shows', 'frames', 'rule'] as readonly string[],
  certainties: { proven: 'proven', inferred: 'inferred', ambiguous: 'ambiguous' } as Readonly<
    Record<'proven' | 'inferred' | 'ambiguous', string>
  >,
  frame: 'frame',
  frames: 'frames',
  andMoreFrames: (count: number, last: number): string => `… ${last} (${count} frames)`,
  hiddenEvents: (count: number): string => `… ${plural(count, 'more event')} (--all tells them) …`,
  moreBytes: (count: number): string => `(${plural(count, 'more byte')})`,
  notDumped: (count: number): string => `and ${plural(count, 'more message')}`,
  noProtocol: (count: number): string => `${bytes(count)} of no protocol that was recognised`,
  listSeparator: '; ',
  clauseSeparator: ', ',
  colon: ': ',
  stop: '.',

  // The ladder.
  ladderHeads: ['ms', 'frame'] as readonly [string, string],
  ladderTitle: (one: string, other: string) => `TCP segments between ${one} and ${other}`,
  lost: 'lost on the way',
  hiddenSegments: (
    count: number,
    from: number,
    to: number,
    n: readonly number[],
    b: readonly number[],
  ): string =>
    `… ${count} segments (${from}–${to}): → ${n[0]} with ${b[0]} bytes, ← ${n[1]} with ${b[1]} bytes …`,
  moreMessages: (count: number, which: string): string => `… and ${count} more: ${which}`,

  // The timeline.
  nowIn: (who: string, state: string): string => `${who} is in ${state}`,
  after: (states: string): string => `; after it ${states}`,
  sendsRst: (who: string): string => `${who} sends a RST`,
  sendsSyn: (who: string, again: boolean): string => `${who} sends ${again ? 'its SYN again' : 'a SYN'}`,
  sendsSynAck: (who: string, again: boolean): string =>
    `${who} ${again ? 'sends its SYN-ACK again' : 'answers with SYN-ACK'}`,
  sendsFin: (who: string, again: boolean, count: number, acks: boolean): string =>
    `${who} sends ${again ? 'its FIN again' : 'a FIN'}${count > 0 ? ` with ${bytes(count)} of data` : ''}` +
    (acks ? ', which also acknowledges the other’s FIN' : ''),
  endsHandshake: (who: string, ms: string): string => `${who} acknowledges: the handshake took ${ms} ms`,
  acknowledgesFin: (who: string): string => `${who} acknowledges the FIN`,
  closesWindow: (who: string): string => `${who} closes its window: its receive buffer is full`,
  opensWindow: (who: string, count: number): string =>
    count < 0
      ? `${who} changes its window`
      : count === 0
        ? `${who} closes its window`
        : `${who} changes its window to ${bytes(count)}`,
  probes: (who: string): string => `${who} probes (keep-alive or zero-window probe)`,
  sends: (who: string, count: number, frames: number, again: number): string =>
    count === 0
      ? `${who} sends nothing new: ${segments(frames)} of bytes sent before`
      : `${who} sends ${bytes(count)} in ${segments(frames)}${again > 0 ? `, ${again} of ${frames === 1 ? 'it' : 'them'} repeating bytes` : ''}`,
};
