/** A connection told in sentences, one for each thing that happened, with the frames that show it. */
import { assertNever, safeText } from '../bytes/index.ts';
import type { Connection } from './connection.ts';
import { digestOf } from './digest.ts';
import { formatEndpoint } from './endpoint.ts';
import { unpackEnds } from './ends.ts';
import type { Side } from './segment.ts';
import type { RunEvent, SpecialEvent, Story, StoryEvent } from './story.ts';
import { wordsOf, type Language, type Words } from './words.ts';

export interface TimelineEvent {
  /** Nanoseconds since the connection's first segment. */
  readonly sinceNs: number;
  readonly frames: readonly number[];
  /** How many frames it is about; `frames` may list only the first of very many, and `lastFrame` is the last. */
  readonly frameCount: number;
  readonly lastFrame: number;
  readonly side: Side;
  readonly text: string;
}

export interface TimelineOptions {
  /** The subjects of the sentences; `the client` and `the server` when absent. */
  readonly roles?: readonly [string, string];
  readonly language?: Language;
}

/** The first and the last events of a connection, and how many between them are not told. */
export interface Timeline {
  readonly head: readonly TimelineEvent[];
  readonly hidden: number;
  readonly tail: readonly TimelineEvent[];
}

/** Needs a connection whose segments were kept. */
export function timelineOf(connection: Connection, options: TimelineOptions = {}): TimelineEvent[] {
  return [...timelineFrom(digestOf(connection), options).head];
}

export function timelineFrom(
  { connection, story }: { readonly connection: Connection; readonly story: Story },
  options: TimelineOptions,
): Timeline {
  const told = teller(connection, options);
  const { head, tail } = story.shown;
  return { head: head.map(told), hidden: story.hidden, tail: tail.map(told) };
}

/** What tells the events of a connection, one at a time. */
export function teller(
  connection: Connection,
  options: TimelineOptions,
): (event: StoryEvent) => TimelineEvent {
  const words = wordsOf(options.language);
  const roles = options.roles ?? words.subjects;
  return (event) => ({
    sinceNs: event.atNs - connection.firstNs,
    frames: event.kind === 'run' ? event.frames.frames : [event.frame],
    frameCount: event.kind === 'run' ? event.frames.count : 1,
    lastFrame: event.kind === 'run' ? event.frames.last : event.frame,
    side: event.side,
    text: event.kind === 'run' ? runText(event, words, roles) : specialText(connection, event, words, roles),
  });
}

function specialText(
  connection: Connection,
  event: SpecialEvent,
  words: Words,
  roles: readonly [string, string],
): string {
  const before = event.before < 0 ? [undefined, undefined] : unpackEnds(event.before).map(stateText);
  const changed = unpackEnds(event.after)
    .map(stateText)
    .flatMap((state, side) =>
      state === before[side] ? [] : [words.nowIn(roles[side === 0 ? 0 : 1], state)],
    );
  const after = changed.length > 0 ? words.after(changed.join(words.clauseSeparator)) : '';
  return sentence(connection, event, words, roles[event.side]) + after;
}

function sentence(connection: Connection, event: SpecialEvent, words: Words, who: string): string {
  switch (event.what) {
    case 'rst':
      return words.sendsRst(who);
    case 'syn':
      return words.sendsSyn(who, event.again);
    case 'syn-ack':
      return words.sendsSynAck(who, event.again);
    case 'fin':
      return words.sendsFin(who, event.again, event.bytes, event.acksOther);
    case 'handshake-ack':
      return words.endsHandshake(who, millis(connection.handshake.durationNs ?? 0));
    case 'fin-ack':
      return words.acknowledgesFin(who);
    case 'zero-window':
      return words.closesWindow(who);
    case 'window-update':
      return words.opensWindow(who, event.windowBytes);
    case 'probe':
      return words.probes(who);
    default:
      return assertNever(event.what);
  }
}

function runText(run: RunEvent, words: Words, roles: readonly [string, string]): string {
  const messages = run.messages.lines(words);
  const what = messages.length > 0 ? words.colon + messages.join(words.listSeparator) : preview(run, words);
  return words.sends(roles[run.side], run.bytes, run.frames.count, run.again) + what;
}

/** A short text that no protocol explains is shown as it is. */
function preview({ text }: RunEvent, words: Words): string {
  if (text === undefined || text.length === 0) return '';
  try {
    return `${words.colon}“${safeText(new TextDecoder('utf-8', { fatal: true }).decode(text))}”`;
  } catch {
    // Not text: the hexdump has it.
    return '';
  }
}

/** A state; with a question mark when it is only the last one that is sure. */
export function stateText({ state, certainty }: { state: string; certainty: string }): string {
  return certainty === 'ambiguous' ? `${state}?` : state;
}

/** Nanoseconds as milliseconds with three decimals: what one reads off a timeline or a ladder. */
export function millis(ns: number): string {
  return (ns / 1e6).toFixed(3);
}

const MAX_PARTS = 12;

/** `1`, `1, 2` or `1-17`: frames as people write them. */
export function framesText(
  frames: readonly number[],
  count = frames.length,
  last = 0,
  words?: Words,
): string {
  const sorted = [...new Set(frames)].sort((a, b) => a - b);
  const parts: string[] = [];
  for (let i = 0; i < sorted.length; i++) {
    const start = i;
    while (i + 1 < sorted.length && (sorted[i + 1] ?? 0) === (sorted[i] ?? 0) + 1) i++;
    parts.push(i - start > 1 ? `${sorted[start]}-${sorted[i]}` : sorted.slice(start, i + 1).join(', '));
  }
  if (parts.length <= MAX_PARTS && count === frames.length) return parts.join(', ');
  const end = Math.max(last, sorted.at(-1) ?? 0);
  return `${parts.slice(0, MAX_PARTS).join(', ')} ${(words ?? wordsOf()).andMoreFrames(count, end)}`;
}

/** One line about a connection: who, with whom, how many segments and bytes. */
export function headline(connection: Connection, words: Words = wordsOf()): string {
  const [out, back] = connection.directions;
  return words.headline(
    formatEndpoint(connection.initiator),
    formatEndpoint(connection.responder),
    connection.initiatorKnown,
    out.segments + back.segments,
    out.bytes,
    back.bytes,
  );
}
