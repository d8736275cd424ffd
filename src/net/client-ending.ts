import { KitError } from '../bytes/index.ts';
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
    this.#reason = { code: failure.code, message: failure.message };
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
        ? new KitError('disconnected', `disconnected from ${where}`, {
            fault: 'peer',
            hint: 'Connect again.',
          })
        : lossOf(error, where),
    );
    this.#resolveClosed();
  }

  /** Why nothing can be asked any more. */
  notConnected(): KitError {
    const why = this.#reason === undefined ? '' : `: ${this.#reason.message}`;
    return new KitError('not-connected', `there is no connection${why}`, {
      fault: 'peer',
      hint: 'Connect first: await connect().',
    });
  }
}
