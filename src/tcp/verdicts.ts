/**
 * What a connection shows, each statement with the frames it rests on, how sure it is, the rule by which it was found and
 * the section that has the rule. Gathered segment by segment; `opening.ts`, `note-findings.ts`, `probes.ts`, `delays.ts`
 * and `ending.ts` have one kind each.
 */
import type { Connection } from './connection.ts';
import { AckDelays, HeldSegments } from './delays.ts';
import { EndingTracker } from './ending.ts';
import { finding, type Finding } from './finding.ts';
import { NoteTracker } from './note-findings.ts';
import { OpeningTracker } from './opening.ts';
import { ProbeTracker } from './probes.ts';
import { otherSide, type Segment, type Side } from './segment.ts';
import { wordsOf, type Language, type Words } from './words.ts';

export interface FindingOptions {
  /** Packets that the capture is known to have dropped: what rests on a packet's absence is no longer proven. */
  readonly drops?: number;
  readonly language?: Language;
}

export class FindingTracker {
  readonly #opening: OpeningTracker;
  readonly #notes: readonly [NoteTracker, NoteTracker];
  readonly #probes: readonly [ProbeTracker, ProbeTracker];
  readonly #delays: readonly [AckDelays, AckDelays];
  readonly #held: readonly [HeldSegments, HeldSegments];
  readonly #ending: EndingTracker;

  /** `limit`: how many frame numbers a statement lists. */
  constructor(limit: number) {
    this.#opening = new OpeningTracker(limit);
    this.#notes = [new NoteTracker(0, limit), new NoteTracker(1, limit)];
    this.#probes = [new ProbeTracker(0, limit), new ProbeTracker(1, limit)];
    this.#delays = [new AckDelays(0, limit), new AckDelays(1, limit)];
    this.#held = [new HeldSegments(0, limit), new HeldSegments(1, limit)];
    this.#ending = new EndingTracker(limit);
  }

  accept(connection: Connection, segment: Segment): void {
    this.#opening.accept(segment);
    this.#ending.accept(segment);
    this.#notes[segment.side].accept(segment);
    this.#sided(connection, segment, 0);
    this.#sided(connection, segment, 1);
  }

  #sided(connection: Connection, segment: Segment, side: Side): void {
    this.#probes[side].accept(segment);
    const delayed = this.#delays[side].accept(connection, segment);
    // An ACK of one side is what the other side's small segments wait for.
    this.#held[otherSide(side)].ack(segment, delayed);
    this.#held[side].accept(segment);
  }

  findings(connection: Connection, { drops = 0, language }: FindingOptions): Finding[] {
    const words = wordsOf(language);
    return [
      ...this.#opening.findings(connection, words),
      ...([0, 1] as const).flatMap((side) => [
        ...this.#notes[side].findings(words),
        ...this.#probes[side].findings(words),
        ...holes(connection, side, words),
      ]),
      ...([0, 1] as const).flatMap((side) => [
        ...this.#delays[side].findings(words),
        ...this.#held[side].findings(words),
      ]),
      ...this.#ending.findings(connection, words),
    ]
      .map((each) =>
        drops > 0 && each.certainty === 'proven' && ABSENCE.has(each.kind) ? lowered(each, words) : each,
      )
      .sort((a, b) => (a.frames[0] ?? 0) - (b.frames[0] ?? 0));
  }
}

/** Needs a connection whose segments were kept. */
export function findingsOf(connection: Connection, options: FindingOptions = {}): Finding[] {
  const tracker = new FindingTracker(Number.POSITIVE_INFINITY);
  for (const segment of connection.segments) tracker.accept(connection, segment);
  return tracker.findings(connection, options);
}

/** Kinds that say that something was not there; a dropped packet may have been it. */
const ABSENCE = new Set(['late-start', 'syn-unanswered', 'acked-unseen', 'open-end', 'close']);

const lowered = (each: Finding, words: Words): Finding => ({
  ...each,
  certainty: 'inferred',
  rule: each.rule + words.blind,
});

/** What the capture lacks of a stream, and whether the receiver has it. */
function holes(connection: Connection, side: 0 | 1, words: Words): Finding[] {
  return connection.directions[side].gaps.map(({ offset, length, acknowledged, nextFrame }) =>
    finding(
      acknowledged ? 'not-captured' : 'missing-bytes',
      acknowledged ? 'proven' : 'ambiguous',
      side,
      nextFrame === 0 ? [] : [nextFrame],
      words.hole(length, offset, acknowledged),
      'RFC 9293, section 3.4',
    ),
  );
}
