import type { Buffer } from 'node:buffer';
import { assertNever, KitError } from '../bytes/index.ts';
import type { Outlet, Service, Session } from '../chat/index.ts';
import {
  type Decoder,
  type Invalid,
  type Message,
  type Protocol,
  requestNumber,
  type Status,
} from '../wire/index.ts';
import type { Admission, Refusal } from './admission.ts';
import type { Channel } from './channel.ts';
import { Door } from './door.ts';
import { Outbox, type Turn } from './outbox.ts';
import { HalfPacket, Progress } from './patience.ts';
import type { ClientRow, PacketObserver, ServerEvent } from './server-events.ts';

export interface ConnectionContext {
  readonly protocol: Protocol;
  readonly service: Service;
  readonly turn: Turn;
  readonly observe: (event: ServerEvent) => void;
  /** Looked up for each packet: somebody may begin, or cease, to watch. */
  packets: PacketObserver | undefined;
  readonly limits: ConnectionLimits;
  readonly admission: Admission;
  /** No more connections may wait at the door. */
  readonly full: () => boolean;
  /** Hears of a connection that is not let in, before it is told. */
  readonly refused: () => void;
  /** Asks for `tick` from now on, until it answers false. */
  readonly watch: (connection: ServerConnection) => void;
  readonly gone: (connection: ServerConnection) => void;
}

export interface ConnectionLimits {
  /** Bytes of answers that may wait before the client's next requests are left in the kernel. */
  readonly highWaterBytes: number;
  /** A client that takes nothing for so long while bytes wait for it is cut off. */
  readonly stallMs: number;
  /** A closed connection that takes no more of what is queued for so long is reset. */
  readonly lingerMs: number;
  /** A packet that was begun must be whole within so long: bytes that trickle in hold a place, and memory. */
  readonly packetMs: number;
}

/** A closed connection that drains and drains is reset after so many times `lingerMs`. */
const LONGEST_LINGER = 10;
/**
 * Who was too slow has so many times `lingerMs` to begin: in front of our last words lie megabytes in the kernel (of
 * Linux's send buffer, tcp_wmem, which grows to 4 MiB), and until a third of them is read the kernel takes nothing more
 * of us, so that we see no progress (sk_stream_is_writeable).
 */
const SLOW_LINGER = 5;

/**
 * One client's connection: bytes to messages, messages to bytes, and an end that loses nothing.
 *
 * `open` → (last words) → `closing`: our FIN follows what is queued, and what still comes is read and dropped, since
 * closing with bytes unread would send a RST, which can destroy our last words on their way (RFC 9293, section 3.10.4;
 * RFC 2525, section 2.17) → `closed`.
 */
export class ServerConnection implements Outlet {
  #session: Session | undefined;
  readonly #outbox: Outbox;
  readonly #channel: Channel;
  readonly #context: ConnectionContext;
  readonly #decoder: Decoder;
  #state: 'open' | 'closing' | 'closed' = 'open';
  #refused = false;
  /** It counts for its address. */
  #entered = false;
  /** Where it waits until it has shown the token; undefined: it is in, or refused. */
  #door: Door | undefined;
  /** The client's requests wait because it does not read our answers. */
  #halted = false;
  #peerFinished = false;
  #why = 'left';
  #bytesIn = 0;
  #saidBytes = 0;
  readonly #progress: Progress;
  readonly #halfPacket = new HalfPacket();
  #closingMs = 0;
  /** When the client said goodbye; its FIN is awaited. */
  #partingMs: number | undefined;

  constructor(channel: Channel, context: ConnectionContext, clockMs: number) {
    this.#channel = channel;
    this.#context = context;
    this.#decoder = context.protocol.decoder('client');
    this.#progress = new Progress(clockMs);
    this.#outbox = new Outbox(context.protocol, channel, context.turn, (packets, bytes) =>
      this.#guarded(() => this.#wrote(packets, bytes)),
    );
    channel.listen({
      borrows: true,
      data: (chunk) => this.#guarded(() => this.#received(chunk)),
      ended: () => this.#guarded(() => this.#ended()),
      drained: () => this.#guarded(() => this.#drained()),
      closed: (error) => this.#closed(error),
    });
    const { admission, full } = context;
    const refusal = admission.enter(channel.remote.address, clockMs);
    this.#entered = refusal === undefined;
    if (refusal !== undefined) this.#refuse(refusal);
    else if (!admission.wantsToken) this.#join();
    else if (full()) this.#refuse({ status: 'too-many-clients', text: 'too many connections are open' });
    else {
      this.#door = new Door(admission, channel.remote.address, clockMs);
      this.say({ type: 'token.indication', request: requestNumber(0) });
      context.watch(this);
    }
  }

  /** It was not let in. */
  get refused(): boolean {
    return this.#refused;
  }

  get saidBytes(): number {
    return this.#saidBytes;
  }

  get unsentBytes(): number {
    return this.#outbox.queuedBytes + this.#channel.unsentBytes;
  }

  /** What an operator sees of this client; undefined for one that was not let in, or is already out. */
  row(): ClientRow | undefined {
    const session = this.#session;
    if (session === undefined || this.#state !== 'open') return undefined;
    const { id, name, address, port, since, requests, unconfirmed } = session;
    return {
      ...{ id, name, address, port, since, requests, unconfirmed },
      bytesIn: this.#bytesIn,
      bytesOut: this.#outbox.handedBytes,
      unsentBytes: this.unsentBytes,
      halted: this.#halted,
    };
  }

  say(message: Message): KitError | undefined {
    if (this.#state !== 'open') return undefined;
    let bytes: number;
    try {
      bytes = this.#outbox.add(message);
    } catch (error) {
      if (!(error instanceof KitError)) throw error;
      this.#unencodable(message, error);
      return error;
    }
    const offset = this.#saidBytes;
    this.#saidBytes += bytes;
    if (this.#session !== undefined) this.#context.packets?.said(this.#session.id, message, offset, bytes);
    return undefined;
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

  awaitEnd(): void {
    this.#partingMs ??= performance.now();
    this.#context.watch(this);
  }

  /**
   * Looks after a connection that does not simply flow: cuts off a client that takes nothing, ends a half-closed one
   * that has all its answers, resets a closed one that does not go. False when it flows again, or is gone.
   */
  tick(clockMs: number): boolean {
    const { stallMs, lingerMs } = this.#context.limits;
    const unsent = this.#channel.unsentBytes;
    const stalledMs = this.#progress.look(this.#outbox.handedBytes - unsent, clockMs);
    switch (this.#state) {
      case 'open':
        if (unsent === 0) {
          this.#progress.renew(clockMs);
          this.#guarded(() => this.#drained());
          if (this.#peerFinished && this.#answeredAll()) this.#close();
        } else if (stalledMs >= stallMs) {
          const seconds = Math.round(stallMs / 100) / 10;
          this.hangUp('too-slow', `${this.unsentBytes} bytes wait and none was taken for ${seconds} s`);
        }
        this.#hurry(clockMs);
        if (this.#partingMs !== undefined && clockMs - this.#partingMs >= lingerMs) this.#close();
        return this.#isOpen()
          ? unsent > 0 ||
              this.#halted ||
              this.#peerFinished ||
              this.#partingMs !== undefined ||
              this.#halfPacket.begun ||
              this.#door !== undefined
          : true;
      case 'closing': {
        const closingMs = clockMs - this.#closingMs;
        const patienceMs = this.#why === 'too-slow' ? SLOW_LINGER * lingerMs : lingerMs;
        if (Math.min(stalledMs, closingMs) >= patienceMs || closingMs >= LONGEST_LINGER * lingerMs) {
          this.#channel.abort();
        }
        return true;
      }
      case 'closed':
        return false;
      default:
        return assertNever(this.#state);
    }
  }

  /** The server stops: no more patience. */
  abort(): void {
    this.#channel.abort();
  }

  /** It is let in, if there is room. */
  #join(): void {
    const { remote } = this.#channel;
    const { service, observe } = this.#context;
    const joined = service.join(this, remote.address, remote.port);
    if ('refused' in joined) {
      this.#refuse({ status: joined.refused, text: joined.text });
      return;
    }
    this.#session = joined;
    observe({ event: 'connected', client: joined.id, remote, clients: service.clients.size });
    service.greet(joined);
  }

  #refuse({ status, text }: Refusal): void {
    this.#refused = true;
    this.#door = undefined;
    this.#context.refused();
    this.#context.observe({ event: 'refused', remote: this.#channel.remote, status, text });
    this.hangUp(status, text);
  }

  /** Hears what a client says before it is let in. */
  #knock(door: Door): void {
    const knock = door.knock(this.#decoder, performance.now());
    switch (knock.kind) {
      case 'wait':
        return;
      case 'goodbye':
        this.hangUp('ok', '');
        return;
      case 'in':
        this.#door = undefined;
        this.say({ type: 'token.response', request: knock.request });
        this.#join();
        return;
      case 'refused': {
        const { request, refusal } = knock;
        if (request !== undefined) this.say({ type: 'error.response', request, ...refusal });
        this.#refuse(refusal);
        return;
      }
      default:
        assertNever(knock);
    }
  }

  /** Ends the wait for a token, or for the rest of a packet, that does not come. */
  #hurry(clockMs: number): void {
    if (this.#state !== 'open') return;
    if (this.#door !== undefined) {
      const refusal = this.#door.tooLate(clockMs);
      if (refusal !== undefined) this.#refuse(refusal);
      return;
    }
    if (this.#session === undefined || this.#halted || this.#decoder.pending === 0) {
      this.#halfPacket.none();
      return;
    }
    const { packetMs } = this.#context.limits;
    if (this.#halfPacket.look(this.#session.requests, clockMs) < packetMs) return;
    const seconds = Math.round(packetMs / 1000);
    this.hangUp('idle', `a packet was begun, and its end did not come within ${seconds} s`);
  }

  #received(chunk: Buffer): void {
    this.#bytesIn += chunk.length;
    if (this.#state !== 'open') return;
    this.#decoder.push(chunk);
    this.#work();
    this.#decoder.release();
  }

  /** Answers what has arrived, as long as the client takes the answers. */
  #work(): void {
    if (this.#door !== undefined) this.#knock(this.#door);
    const session = this.#session;
    if (session === undefined) return;
    const { service, packets, limits, watch } = this.#context;
    const decoder = this.#decoder;
    const outbox = this.#outbox;
    while (this.#isOpen()) {
      if (outbox.queuedBytes >= limits.highWaterBytes) outbox.flush();
      if (this.#channel.unsentBytes >= limits.highWaterBytes) {
        this.#halt();
        return;
      }
      const next = decoder.next();
      if (next.type === 'need-more') {
        if (decoder.pending > 0) watch(this);
        break;
      }
      if (next.type === 'invalid') {
        this.#badPacket(next);
        return;
      }
      packets?.received(session.id, next, decoder.offset, decoder.length);
      service.receive(session, next);
    }
    if (!this.#halted || !this.#isOpen()) return;
    this.#halted = false;
    this.#channel.resume();
  }

  // A method, since the type checker believes that a field which was compared keeps its value across calls.
  #isOpen(): boolean {
    return this.#state === 'open';
  }

  #halt(): void {
    if (this.#halted) return;
    this.#halted = true;
    this.#channel.pause();
    this.#context.watch(this);
  }

  #wrote(packets: number, bytes: number): void {
    const { packets: observer, watch } = this.#context;
    if (this.#session !== undefined) {
      observer?.written(this.#session.id, packets, bytes, this.#outbox.handedBytes - bytes);
    }
    if (this.#channel.unsentBytes > 0) watch(this);
  }

  #drained(): void {
    if (this.#halted && this.#state === 'open') this.#work();
  }

  #badPacket(invalid: Invalid): void {
    this.#observeBad(invalid);
    this.hangUp('bad-packet', `at byte ${invalid.offset} of what you sent: ${invalid.message}`);
  }

  #observeBad({ reason, offset, message }: Invalid): void {
    if (this.#session === undefined) return;
    const { remote } = this.#channel;
    const client = this.#session.id;
    this.#context.observe({ event: 'bad-packet', client, remote, reason, offset, message });
  }

  #unencodable(message: Message, error: KitError): void {
    if (this.#session === undefined) return;
    const { id: client } = this.#session;
    const { observe, protocol } = this.#context;
    // A page of the list that is tried smaller next is nothing to tell.
    if (message.type === 'list.response') return;
    observe({ event: 'unencodable', client, type: message.type, message: error.message });
    // A request must not go unanswered because its answer does not fit; an error about an error would never end.
    if (!message.type.endsWith('.response') || message.type === 'error.response') return;
    if (!protocol.can('error.response')) return;
    this.say({ type: 'error.response', request: message.request, status: 'internal', text: error.message });
  }

  /** The client's FIN. */
  #ended(): void {
    this.#peerFinished = true;
    if (this.#state !== 'open') return;
    const cut = this.#halted ? undefined : this.#decoder.end();
    if (cut !== undefined) {
      this.#badPacket(cut);
      return;
    }
    // It will confirm nothing more, and it is no longer there for others; its own answers still go out.
    if (this.#session !== undefined) this.#context.service.leave(this.#session);
    if (this.#answeredAll()) this.#close();
    else this.#context.watch(this);
  }

  #answeredAll(): boolean {
    return !this.#halted && (this.#session === undefined || this.#session.unconfirmed === 0);
  }

  #close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#closingMs = performance.now();
    this.#outbox.flush();
    if (this.#halted) this.#channel.resume();
    this.#channel.finish();
    this.#context.watch(this);
    if (this.#session !== undefined) this.#context.service.leave(this.#session);
  }

  #closed(error: NodeJS.ErrnoException | undefined): void {
    this.#state = 'closed';
    const session = this.#session;
    const { service, gone, observe, admission } = this.#context;
    try {
      if (session === undefined) return;
      service.leave(session);
      observe({
        event: 'disconnected',
        client: session.id,
        remote: this.#channel.remote,
        why: this.#why === 'left' ? (error?.code ?? 'left') : this.#why,
        requests: session.requests,
        bytesIn: this.#bytesIn,
        bytesOut: this.#outbox.handedBytes,
        clients: service.clients.size,
      });
    } finally {
      if (this.#entered) admission.left(this.#channel.remote.address);
      gone(this);
    }
  }

  /** Our own mistake while we serve this client ends its connection, and nobody else's. */
  #guarded(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#why = 'internal';
      this.#context.observe({
        event: 'failed',
        client: this.#session?.id,
        remote: this.#channel.remote,
        message: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
      this.#channel.abort();
    }
  }
}
