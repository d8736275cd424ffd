import { Buffer } from 'node:buffer';
import { BYTES_A_TURN, type Channel, type ChannelEvents, type Endpoint, plainAddress } from '../channel.ts';
import { HOW, MESSAGE_FLAGS, POLL_EVENTS } from './constants.ts';
import { CallError } from './errno.ts';
import { EAGAIN, EINTR, type Functions } from './functions.ts';
import type { Poller } from './poller.ts';
import { setLingerZero } from './socket-options.ts';

const { POLLIN, POLLOUT } = POLL_EVENTS;
const SEND_FLAGS = MESSAGE_FLAGS.MSG_DONTWAIT | MESSAGE_FLAGS.MSG_NOSIGNAL;
const RECEIVE_BYTES = 65_536;

/** Shared by all channels: what arrived is borrowed, or copied out, before the next call. */
const received = Buffer.alloc(RECEIVE_BYTES);
/** Its beginnings of each length, which are lent again and again: to make one costs as much as to decode a packet. */
const lent: (Buffer | undefined)[] = new Array<Buffer | undefined>(BYTES_A_TURN + 1).fill(undefined);

function receivedBytes(count: number): Buffer {
  return (lent[count] ??= received.subarray(0, count));
}

/** A connected descriptor. It is open until `closed` is told, and closed at that moment. */
export class LibcChannel implements Channel {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly #libc: Functions;
  readonly #poller: Poller;
  readonly #fd: number;
  /** Our FIN follows the peer's: who dials wants no half-open connection (as node:net does for allowHalfOpen false). */
  readonly #answersFin: boolean;
  #events: ChannelEvents | undefined;
  readonly #unsent: Buffer[] = [];
  #unsentBytes = 0;
  #paused = false;
  #peerFinished = false;
  #ours: 'open' | 'finishing' | 'finished' = 'open';
  #open = true;
  #interest = 0;

  constructor(
    libc: Functions,
    poller: Poller,
    fd: number,
    ends: { readonly local: Endpoint; readonly remote: Endpoint; readonly answersFin: boolean },
  ) {
    this.#libc = libc;
    this.#poller = poller;
    this.#fd = fd;
    this.#answersFin = ends.answersFin;
    this.local = { ...ends.local, address: plainAddress(ends.local.address) };
    this.remote = { ...ends.remote, address: plainAddress(ends.remote.address) };
  }

  listen(events: ChannelEvents): void {
    this.#events = events;
    this.#look();
  }

  get descriptor(): number | undefined {
    return this.#open ? this.#fd : undefined;
  }

  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  send(bytes: Buffer): void {
    if (!this.#open || this.#ours !== 'open' || bytes.length === 0) return;
    const sent = this.#unsentBytes === 0 ? this.#trySend(bytes) : 0;
    if (sent === undefined || sent === bytes.length) return;
    this.#unsent.push(sent === 0 ? bytes : bytes.subarray(sent));
    this.#unsentBytes += bytes.length - sent;
    this.#look();
  }

  pause(): void {
    this.#paused = true;
    this.#look();
  }

  resume(): void {
    this.#paused = false;
    this.#look();
  }

  finish(): void {
    if (!this.#open || this.#ours !== 'open') return;
    this.#ours = 'finishing';
    if (this.#unsentBytes === 0) this.#shutDown();
  }

  abort(): void {
    if (!this.#open) return;
    setLingerZero(this.#libc, this.#fd);
    this.#close(undefined);
  }

  /** Has poll look for what we can use: POLLIN while we read, POLLOUT while something is unsent. */
  #look(): void {
    if (!this.#open || this.#events === undefined) return;
    const interest =
      (this.#paused || this.#peerFinished ? 0 : POLLIN) | (this.#unsentBytes > 0 ? POLLOUT : 0);
    if (interest === this.#interest) return;
    this.#interest = interest;
    this.#poller.watch(this.#fd, interest, (revents) => this.#ready(revents));
  }

  #ready(revents: number): void {
    // POLLERR and POLLHUP come unasked: recv or send then says what happened.
    const wanted = this.#interest;
    if ((wanted & POLLOUT) !== 0 && (revents & ~POLLIN) !== 0) this.#flush();
    if (this.#open && (wanted & this.#interest & POLLIN) !== 0 && (revents & ~POLLOUT) !== 0) this.#receive();
  }

  #receive(): void {
    const borrows = this.#events?.borrows === true;
    // One call in a turn: poll tells again of what is left.
    const most = borrows ? BYTES_A_TURN : RECEIVE_BYTES;
    const got = this.#libc.recv(this.#fd, received, most, MESSAGE_FLAGS.MSG_DONTWAIT);
    if (got > 0) {
      this.#events?.data(borrows ? receivedBytes(got) : Buffer.from(received.subarray(0, got)));
      return;
    }
    if (got === -1) {
      const errno = this.#libc.errno();
      if (errno !== EAGAIN && errno !== EINTR) this.#close(new CallError('recv', errno));
      return;
    }
    this.#peerFinished = true;
    this.#look();
    this.#events?.ended();
    if (this.#answersFin) this.finish();
    this.#closeWhenDone();
  }

  #flush(): void {
    for (;;) {
      const [first] = this.#unsent;
      if (first === undefined) break;
      const sent = this.#trySend(first);
      if (sent === undefined || sent === 0) return;
      this.#unsentBytes -= sent;
      if (sent < first.length) {
        this.#unsent[0] = first.subarray(sent);
        return;
      }
      this.#unsent.shift();
    }
    this.#look();
    if (this.#ours === 'finishing') this.#shutDown();
    else this.#events?.drained();
  }

  /** How many bytes the kernel took; undefined when the connection is over, which `closed` tells. */
  #trySend(bytes: Buffer): number | undefined {
    const sent = this.#libc.send(this.#fd, bytes, bytes.length, SEND_FLAGS);
    if (sent !== -1) return sent;
    const errno = this.#libc.errno();
    if (errno === EAGAIN || errno === EINTR) return 0;
    this.#close(new CallError('send', errno));
    return undefined;
  }

  #shutDown(): void {
    this.#ours = 'finished';
    if (this.#libc.shutdown(this.#fd, HOW.SHUT_WR) === -1) {
      // ENOTCONN: a RST came first.
      this.#close(new CallError('shutdown', this.#libc.errno()));
      return;
    }
    this.#closeWhenDone();
  }

  #closeWhenDone(): void {
    if (this.#open && this.#peerFinished && this.#ours === 'finished') this.#close(undefined);
  }

  #close(error: CallError | undefined): void {
    this.#open = false;
    this.#unsent.length = 0;
    this.#unsentBytes = 0;
    // On Linux the descriptor is free whatever close answers (close(2)).
    this.#libc.close(this.#fd);
    this.#poller.closed(this.#fd);
    // Never while the caller of send or abort is still at it.
    setImmediate(() => this.#events?.closed(error));
  }
}
