import type { Buffer } from 'node:buffer';
import { KitError } from '../bytes/index.ts';
import type { Outlet, Service, Session } from '../chat/index.ts';
import {
  type Decoder,
  type Invalid,
  type Message,
  type Protocol,
  requestNumber,
  type Status,
} from '../wire/index.ts';
import type { Channel } from './channel.ts';
import { Outbox, type Turn } from './outbox.ts';
import type { PacketObserver, ServerEvent } from './server-events.ts';

export interface ConnectionContext {
  readonly protocol: Protocol;
  readonly service: Service;
  readonly turn: Turn;
  readonly observe: (event: ServerEvent) => void;
  readonly packets: PacketObserver | undefined;
  readonly limits: ConnectionLimits;
  readonly gone: (connection: ServerConnection) => void;
}

export interface ConnectionLimits {
  /** Bytes of answers that may wait before the client's next requests are left in the kernel. */
  readonly highWaterBytes: number;
  /** A client that takes nothing for so long while bytes wait for it is cut off. */
  readonly stallMs: number;
  /** How long a closed connection may take to drain before it is reset. */
  readonly lingerMs: number;
}

/**
 * One client's connection: bytes to messages, messages to bytes, and an end that loses nothing.
 *
 * `open` → (last words) → `closing`: our FIN follows what is queued, and what still comes is read and dropped, since
 * closing with bytes unread would send a RST, which can destroy our last words on their way (RFC 9293, section 3.10.4;
 * RFC 2525, section 2.17) → `closed`.
 */
export class ServerConnection implements Outlet {
  readonly session: Session | undefined;
  readonly outbox: Outbox;
  readonly #channel: Channel;
  readonly #context: ConnectionContext;
  readonly #decoder: Decoder;
  #state: 'open' | 'closing' | 'closed' = 'open';
  /** The client's requests wait because it does not read our answers. */
  #halted = false;
  #peerFinished = false;
  #why = 'left';
  #bytesIn = 0;
  #bytesOut = 0;
  #progressMs: number;
  #linger: NodeJS.Timeout | undefined;

  constructor(channel: Channel, context: ConnectionContext, clockMs: number) {
    this.#channel = channel;
    this.#context = context;
    this.#decoder = context.protocol.decoder('client');
    this.#progressMs = clockMs;
    this.outbox = new Outbox(context.protocol, channel, context.turn);
    channel.listen({
      data: (chunk) => this.#received(chunk),
      ended: () => this.#ended(),
      drained: () => this.#drained(),
      closed: (error) => this.#closed(error),
    });
    const { remote } = channel;
    const joined = context.service.join(this, remote.address, remote.port);
    if ('refused' in joined) {
      context.observe({ event: 'refused', remote, status: joined.refused, text: joined.text });
      this.hangUp(joined.refused, joined.text);
      return;
    }
    this.session = joined;
    context.observe({ event: 'connected', client: joined.id, remote, clients: context.service.clients.size });
  }

  say(message: Message): void {
    if (this.#state !== 'open') return;
    try {
      this.outbox.add(message);
    } catch (error) {
      if (!(error instanceof KitError)) throw error;
      this.#unencodable(message, error);
      return;
    }
    if (this.session !== undefined) this.#context.packets?.said(this.session.id, message);
  }

  unsentBytes(): number {
    return this.outbox.unsentBytes;
  }

  hangUp(status: Status, text: string): void {
    if (this.#state !== 'open') return;
    if (status !== 'ok') {
      this.#why = status;
      const type = status === 'bad-packet' ? 'error.indication' : 'bye.indication';
      if (this.#context.protocol.can(type)) this.say({ type, request: requestNumber(0), status, text });
    }
    this.#close();
  }

  /** Written by the turn: so many packets in one write. */
  wrote(packets: number, bytes: number): void {
    this.#bytesOut += bytes;
    if (this.session !== undefined) this.#context.packets?.written(this.session.id, packets, bytes);
    if (this.#channel.unsentBytes === 0) this.#drained();
  }

  /** Cuts off a client that takes nothing, and ends a half-closed one that has all its answers. */
  tick(clockMs: number): void {
    const { stallMs } = this.#context.limits;
    if (this.#channel.unsentBytes === 0) this.#progressMs = clockMs;
    else if (this.#state === 'open' && clockMs - this.#progressMs >= stallMs) {
      this.hangUp(
        'too-slow',
        `${this.outbox.unsentBytes} bytes wait and nothing was taken for ${Math.round(stallMs / 1000)} s`,
      );
    }
    if (this.#peerFinished && this.#answeredAll()) this.#close();
  }

  /** The server stops: no more patience. */
  abort(): void {
    this.#channel.abort();
  }

  #received(chunk: Buffer): void {
    this.#bytesIn += chunk.length;
    if (this.#state !== 'open') return;
    this.#decoder.push(chunk);
    this.#work();
  }

  /** Answers what has arrived, as long as the client takes the answers. */
  #work(): void {
    const { service, packets, limits } = this.#context;
    const { session } = this;
    while (this.#state === 'open' && session !== undefined) {
      if (this.outbox.unsentBytes >= limits.highWaterBytes) {
        if (!this.#halted) this.#channel.pause();
        this.#halted = true;
        return;
      }
      const next = this.#decoder.next();
      if (next.type === 'need-more') break;
      if (next.type === 'invalid') {
        this.#badPacket(next);
        return;
      }
      packets?.received(session.id, next, this.#decoder.offset, this.#decoder.length);
      service.receive(session, next);
    }
    if (!this.#halted) return;
    this.#halted = false;
    this.#channel.resume();
  }

  #drained(): void {
    this.#progressMs = performance.now();
    if (this.#halted) this.#work();
  }

  #badPacket({ reason, offset, message }: Invalid): void {
    if (this.session !== undefined) {
      const { remote } = this.#channel;
      this.#context.observe({
        event: 'bad-packet',
        client: this.session.id,
        remote,
        reason,
        offset,
        message,
      });
    }
    this.hangUp('bad-packet', `at byte ${offset} of what you sent: ${message}`);
  }

  #unencodable(message: Message, error: KitError): void {
    if (this.session === undefined) return;
    this.#context.observe({
      event: 'unencodable',
      client: this.session.id,
      type: message.type,
      message: error.message,
    });
    // A request must not go unanswered because its answer does not fit; an error about an error would never end.
    if (
      message.type.endsWith('.response') &&
      message.type !== 'error.response' &&
      this.#context.protocol.can('error.response')
    ) {
      this.say({ type: 'error.response', request: message.request, status: 'internal', text: error.message });
    }
  }

  #ended(): void {
    this.#peerFinished = true;
    const cut = this.#state === 'open' ? this.#decoder.end() : undefined;
    if (cut !== undefined && this.session !== undefined && !this.#halted) {
      const { reason, offset, message } = cut;
      const { remote } = this.#channel;
      this.#context.observe({
        event: 'bad-packet',
        client: this.session.id,
        remote,
        reason,
        offset,
        message,
      });
    }
    // It will confirm nothing more, and it is no longer there for others.
    if (this.session !== undefined) this.#context.service.leave(this.session);
    if (this.#answeredAll()) this.#close();
  }

  #answeredAll(): boolean {
    return !this.#halted && (this.session === undefined || this.session.unconfirmed === 0);
  }

  #close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#context.turn.flush();
    if (this.#halted) this.#channel.resume();
    this.#channel.finish();
    this.#linger = setTimeout(() => this.#channel.abort(), this.#context.limits.lingerMs);
    if (this.session !== undefined) this.#context.service.leave(this.session);
  }

  #closed(error: NodeJS.ErrnoException | undefined): void {
    this.#state = 'closed';
    clearTimeout(this.#linger);
    const { session } = this;
    const { service, gone, observe } = this.#context;
    if (session !== undefined) {
      service.leave(session);
      observe({
        event: 'disconnected',
        client: session.id,
        remote: this.#channel.remote,
        why: this.#why === 'left' ? (error?.code ?? 'left') : this.#why,
        requests: session.requests,
        bytesIn: this.#bytesIn,
        bytesOut: this.#bytesOut,
        clients: service.clients.size,
      });
    }
    gone(this);
  }
}
