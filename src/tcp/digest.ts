/**
 * What is kept of one connection to tell its story on a page: as much as its `Retention` allows, gathered segment by
 * segment. A connection whose segments were all kept can be gone through afterwards (`digestOf`); a stream feeds it as it
 * goes.
 */
import { hexdump } from '../bytes/index.ts';
import { Account } from './account.ts';
import type { CitedMessage, Connection } from './connection.ts';
import { copyOf } from './copy.ts';
import { HeadTail } from './head-tail.ts';
import { MessageGroup } from './message-group.ts';
import { KEEP_ALL, type Retention } from './retention.ts';
import { SegmentLog } from './segment-log.ts';
import type { Segment } from './segment.ts';
import type { Story } from './story.ts';
import type { FindingTracker } from './verdicts.ts';

/** A message as it is kept, with its bytes written out while they were there. */
export interface KeptMessage {
  readonly message: CitedMessage;
  readonly dump: { readonly text: string; readonly bytes: number } | undefined;
}

export interface DigestOptions {
  readonly retention: Retention;
  /** How many messages are written out byte by byte, and how many bytes of each. */
  readonly dumps: number;
  readonly dumpBytes: number;
}

const WITHOUT_DUMPS: DigestOptions = { retention: KEEP_ALL, dumps: 0, dumpBytes: 0 };
const NO_BYTES = new Uint8Array(0);

export class Digest {
  readonly connection: Connection;
  readonly log: SegmentLog;
  readonly messages: HeadTail<KeptMessage>;
  messageCount = 0;
  readonly #account: Account;
  readonly #options: DigestOptions;
  readonly #byFrame = new Map<number, MessageGroup>();

  constructor(connection: Connection, options: DigestOptions = WITHOUT_DUMPS) {
    this.connection = connection;
    this.#options = options;
    const { retention } = options;
    this.#account = new Account(connection, retention);
    this.log = new SegmentLog(retention.segments);
    this.messages = new HeadTail(retention.messages);
  }

  get story(): Story {
    return this.#account.story;
  }

  get findings(): FindingTracker {
    return this.#account.findings;
  }

  /** Messages come before the segment that completed them. */
  message(message: CitedMessage): void {
    this.messages.push({ message, dump: this.#dump(message) });
    this.messageCount++;
    if (this.#account.message(message)) this.#note(message);
  }

  /** Takes the segment, which is kept from now on; answers with one that may be filled again, if there is one. */
  accept(segment: Segment): Segment | undefined {
    const { connection } = this;
    const arrived = this.#account.segment(segment);
    const { payloads } = this.#options.retention;
    // The chunk of the file that the segment came in must not stay for the sake of one segment.
    if (!connection.keeps) segment.data = payloads ? copyOf(segment.payload()) : NO_BYTES;
    if (!connection.keeps) segment.payloadStart = 0;
    const gone = this.log.push(segment);
    if (gone !== undefined) this.#byFrame.delete(gone.frame);
    for (const message of arrived) this.#note(message);
    if (this.#account.nowRefused()) this.log.refuse();
    return gone;
  }

  /** The messages that a frame completed. */
  messagesOf(frame: number): MessageGroup | undefined {
    return this.#byFrame.get(frame);
  }

  #note(message: CitedMessage): void {
    const frame = message.frames.at(-1);
    if (frame === undefined) return;
    if (frame <= this.log.lastGone && !this.log.shown.head.some((segment) => segment.frame === frame)) return;
    let group = this.#byFrame.get(frame);
    if (group === undefined) this.#byFrame.set(frame, (group = new MessageGroup()));
    group.add(message);
  }

  #dump({ side, offset, length, fields }: CitedMessage): KeptMessage['dump'] {
    if (this.messageCount >= this.#options.dumps) return undefined;
    const wanted = Math.min(length, this.#options.dumpBytes);
    const { bytes } = this.connection.directions[side].streamBytes(offset, wanted);
    const inside = fields.filter((field) => field.offset < bytes.length);
    return { text: hexdump(bytes, { fields: inside, base: offset }), bytes: bytes.length };
  }
}

/** Needs a connection whose segments were kept. */
export function digestOf(connection: Connection, options: DigestOptions = WITHOUT_DUMPS): Digest {
  const digest = new Digest(connection, options);
  const waiting = new Map<number, CitedMessage[]>();
  for (const message of connection.messages) {
    const frame = message.frames.at(-1) ?? 0;
    const group = waiting.get(frame);
    if (group === undefined) waiting.set(frame, [message]);
    else group.push(message);
  }
  for (const message of waiting.get(0) ?? []) digest.message(message);
  for (const segment of connection.segments) {
    for (const message of waiting.get(segment.frame) ?? []) digest.message(message);
    digest.accept(segment);
  }
  return digest;
}
