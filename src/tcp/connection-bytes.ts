/**
 * One connection's JSON, most of it written while the connection goes on: a segment or a message is bytes as soon as
 * nothing that comes can change it. Only the last ones of a long connection are kept as they are, since which those are
 * is known at the end.
 */
import { safeJson } from '../bytes/index.ts';
import { Account } from './account.ts';
import type { CitedMessage, Connection } from './connection.ts';
import { copyOf } from './copy.ts';
import { HeadTail, type Shown } from './head-tail.ts';
import { JsonBytes, piece, type ChunkPool } from './json-bytes.ts';
import { writeMessage } from './message-bytes.ts';
import type { Retention } from './retention.ts';
import { writeSegment } from './segment-bytes.ts';
import { Segment } from './segment.ts';
import { writeEvent } from './timeline-bytes.ts';
import { teller } from './timeline.ts';
import { findingsJson, lifeJson } from './trace-json.ts';
import type { TraceOptions } from './trace-parts.ts';
import { refusedEnds } from './ends.ts';

const COMMA = piece(',');
const TIMELINE = piece(',"timeline":[');
const FINDINGS = piece('],"findings":');
const MESSAGES = piece(',"messages":[');
const NO_SEGMENTS: readonly Segment[] = [];

export class ConnectionBytes {
  readonly connection: Connection;
  readonly #account: Account;
  readonly #segments: JsonBytes;
  readonly #messages: JsonBytes;
  readonly #lastSegments: HeadTail<Segment>;
  readonly #lastMessages: HeadTail<CitedMessage>;
  readonly #retention: Retention;
  readonly #pool: ChunkPool;
  /** Segments of a connection that may still turn out to be refused, which changes the states after them. */
  #unsettled: Segment[] | undefined = [];
  #segmentCount = 0;
  #messageCount = 0;

  constructor(connection: Connection, retention: Retention, pool: ChunkPool) {
    this.connection = connection;
    this.#segments = new JsonBytes(pool);
    this.#messages = new JsonBytes(pool);
    this.#retention = retention;
    this.#pool = pool;
    this.#account = new Account(connection, retention);
    this.#lastSegments = new HeadTail({ head: 0, tail: retention.segments.tail });
    this.#lastMessages = new HeadTail({ head: 0, tail: retention.messages.tail });
  }

  message(message: CitedMessage): void {
    this.#account.message(message);
    if (this.#messageCount++ >= this.#retention.messages.head) this.#lastMessages.push(message);
    else this.#writeMessage(message);
  }

  /** Answers with a segment to fill next. */
  accept(segment: Segment): Segment {
    this.#account.segment(segment);
    const free = this.#keep(segment);
    if (this.#account.nowRefused())
      for (const each of this.#unsettled ?? NO_SEGMENTS) each.ends = refusedEnds(each.ends);
    return free;
  }

  /** The whole JSON in parts, which `write` must not keep; nothing may come after. */
  tell(options: TraceOptions, write: (part: string | Uint8Array) => void): void {
    this.#settle();
    const hidden = { segments: this.#lastSegments.hidden, messages: this.#lastMessages.hidden };
    const { story, findings } = this.#account;
    const { connection } = this;
    const account = { connection, story, findings, hidden };
    for (const segment of rest(this.#lastSegments)) this.#writeSegment(segment);
    for (const message of rest(this.#lastMessages)) this.#writeMessage(message);
    const head = new JsonBytes(this.#pool);
    head.json(safeJson(JSON.stringify(lifeJson(account))).slice(0, -1));
    head.raw(TIMELINE);
    const told = teller(connection, { language: options.language ?? 'en' });
    let first = true;
    for (const event of rest(story)) {
      if (!first) head.raw(COMMA);
      first = false;
      writeEvent(head, told(event));
    }
    head.raw(FINDINGS);
    head.value(findingsJson(account, options));
    head.raw(MESSAGES);
    head.drain(write);
    this.#messages.drain(write);
    write('],"segments":[');
    this.#segments.drain(write);
    write(']}');
  }

  #keep(segment: Segment): Segment {
    if (this.#segmentCount++ >= this.#retention.segments.head)
      return this.#lastSegments.push(owned(segment)) ?? new Segment();
    if (this.#unsettled !== undefined) {
      if (this.connection.mayBeRefused) {
        this.#unsettled.push(owned(segment));
        return new Segment();
      }
      this.#settle();
    }
    this.#writeSegment(segment);
    return segment;
  }

  #settle(): void {
    for (const segment of this.#unsettled ?? NO_SEGMENTS) this.#writeSegment(segment);
    this.#unsettled = undefined;
  }

  #writeSegment(segment: Segment): void {
    if (!this.#segments.isEmpty) this.#segments.raw(COMMA);
    writeSegment(this.#segments, segment);
  }

  #writeMessage(message: CitedMessage): void {
    if (!this.#messages.isEmpty) this.#messages.raw(COMMA);
    writeMessage(this.#messages, message);
  }
}

/** The chunk of the file that a segment came in must not stay for the sake of one segment. */
function owned(segment: Segment): Segment {
  const { data, payloadStart, payloadCaptured } = segment;
  segment.data = copyOf(data, payloadStart, payloadStart + payloadCaptured);
  segment.payloadStart = 0;
  return segment;
}

function rest<T>({ shown: { head, tail } }: { readonly shown: Shown<T> }): readonly T[] {
  return [...head, ...tail];
}
