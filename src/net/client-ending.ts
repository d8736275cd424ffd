import { KitError, text } from '../bytes/index.ts';
import { type Channel, formatEndpoint } from './channel.ts';
import type { CloseReason } from './client-types.ts';
import { lossOf } from './socket-errors.ts';

/** How long a client waits for the server's FIN behind its own. */
const CLOSE_MS = 2_000;

/** How and why a client's connection ends. The first reason counts; what follows is its consequence. */
export class ClientEnding {
  /** Resolves when the channel is gone. */
  readonly closed: Promise<void>;
  readonly #channel: Channel;
  readonly #ended: (failure: KitError, reason: CloseReason) => void;
  #resolveClosed: () => void = () => undefined;
  #reason: CloseReason | undefined;
  #leaving = false;
  #impatient: NodeJS.Timeout | undefined;

  /** `ended` hears the first reason, also as an error with a next step. */
  constructor(channel: Channel, ended: (failure: KitError, reason: CloseReason) => void) {
    this.#channel = channel;
    this.#ended = ended;
    this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
  }

  /** Neither side has ended it. */
  get open(): boolean {
    return this.#reason === undefined && !this.#leaving;
  }

  /** Undefined while the connection lives. */
  get reason(): CloseReason | undefined {
    return this.#reason;
  }

  /** We go: from now on nothing is asked, and the end is no loss. */
  leave(): void {
    this.#leaving = true;
  }

  fail(failure: KitError): void {
    if (this.#reason !== undefined) return;
    this.#reason = { code: failure.code, message: failure.message, words: failure.words.message };
    this.#ended(failure, this.#reason);
  }

  /** Our FIN; a server that does not send its own in time gets a RST. */
  finish(): void {
    if (this.#impatient !== undefined) return;
    // Its FIN stands behind what was not read yet.
    this.#channel.resume();
    this.#channel.finish();
    this.#impatient = setTimeout(() => this.#channel.abort(), CLOSE_MS);
  }

  /** The channel is gone. */
  gone(error: NodeJS.ErrnoException | undefined): void {
    clearTimeout(this.#impatient);
    const where = formatEndpoint(this.#channel.remote);
    this.fail(
      this.#leaving
        ? new KitError('disconnected', text(`disconnected from ${where}`, `已断开与 ${where} 的连接`), {
            fault: 'peer',
            hint: text('Connect again.', '请重新连接。'),
          })
        : lossOf(error, where),
    );
    this.#resolveClosed();
  }

  /** Why nothing can be asked any more. */
  notConnected(): KitError {
    const why = this.#reason?.words;
    const words =
      why === undefined
        ? text('there is no connection', '没有连接')
        : text(`there is no connection: ${why.en}`, `没有连接：${why.zh}`);
    return new KitError('not-connected', words, {
      fault: 'peer',
      hint: text('Connect first: await connect().', '请先连接：await connect()。'),
    });
  }
}
