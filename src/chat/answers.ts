import type { Message, MessageType, RequestNumber, Status } from '../wire/index.ts';
import type { Outlet } from './outlet.ts';

/** Whoever can be answered. */
interface Answered {
  readonly outlet: Outlet;
}

/** What the server says, as far as the protocol has words for it. */
export class Answers {
  readonly #can: (type: MessageType) => boolean;

  constructor(can: (type: MessageType) => boolean) {
    this.#can = can;
  }

  /** What the protocol has no words for stays unsaid, as in a protocol without errors. */
  say({ outlet }: Answered, message: Message): void {
    if (this.#can(message.type)) outlet.say(message);
  }

  /** A request that came to nothing, and why. */
  fail(client: Answered, request: RequestNumber, status: Status, text: string): void {
    this.say(client, { type: 'error.response', request, status, text });
  }
}
