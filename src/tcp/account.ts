/** What a connection's story and findings are made of, fed as its segments and messages come. */
import type { CitedMessage, Connection } from './connection.ts';
import type { Retention } from './retention.ts';
import type { Segment } from './segment.ts';
import { Story } from './story.ts';
import { FindingTracker } from './verdicts.ts';

/** Stays empty: most segments complete no message, or one. */
const NONE: CitedMessage[] = [];

export class Account {
  readonly connection: Connection;
  readonly story: Story;
  readonly findings: FindingTracker;
  #arriving = NONE;
  #lastFrame = 0;
  #refused = false;

  constructor(connection: Connection, retention: Retention) {
    this.connection = connection;
    this.story = new Story(retention);
    this.findings = new FindingTracker(retention.frames);
  }

  /**
   * Messages come before the segment that completed them. True: the message's last frame is an earlier one, or not known
   * (0), and not that of the segment which comes next.
   */
  message(message: CitedMessage): boolean {
    const frame = message.frames.at(-1);
    if (frame === undefined) return true;
    if (frame > this.#lastFrame) {
      if (this.#arriving === NONE) this.#arriving = [message];
      else this.#arriving.push(message);
      return false;
    }
    this.story.message(frame, message);
    return true;
  }

  /** Answers with the messages that the segment completed. */
  segment(segment: Segment): readonly CitedMessage[] {
    const { connection } = this;
    const arrived = this.#arriving;
    this.#arriving = NONE;
    this.story.accept(connection, segment, arrived);
    this.findings.accept(connection, segment);
    this.#lastFrame = segment.frame;
    return arrived;
  }

  /** True once, after the segment that refused the connection: the responder never was in SYN-RECEIVED. */
  nowRefused(): boolean {
    if (this.#refused || !this.connection.isRefused) return false;
    this.#refused = true;
    this.story.refuse();
    return true;
  }
}
