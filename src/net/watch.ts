import type { ClientId, Message } from '../wire/index.ts';
import type { PacketObserver, ServerEvent } from './server-events.ts';

/** What happened lately, for whoever looks on: each with a number, so that an onlooker can ask for what is new. */
export type Moment = { readonly seq: number; readonly atMs: number } & (
  | { readonly kind: 'event'; readonly event: ServerEvent }
  | {
      readonly kind: 'packet';
      readonly client: ClientId;
      readonly direction: 'received' | 'sent';
      readonly type: Message['type'];
      readonly request: number;
      readonly bytes: number;
    }
);

export interface WatchAnswer {
  /** Of the latest moment: what to ask behind next time. */
  readonly seq: number;
  readonly moments: readonly Moment[];
}

const KEPT_EVENTS = 500;
const KEPT_PACKETS = 300;
/** An onlooker who asks no more has gone. */
const PATIENCE_MS = 5_000;

/**
 * Keeps a server's latest events, and the packets of the one client that somebody watches: only while it is watched,
 * since a packet observer costs time for each packet.
 */
export class Watch {
  readonly #listen: (observer: PacketObserver | undefined) => void;
  readonly #always: PacketObserver | undefined;
  #events: Moment[] = [];
  #packets: Moment[] = [];
  #seq = 0;
  #client: number | undefined;
  #leave: NodeJS.Timeout | undefined;

  /** `listen` sets the server's packet observer; `always` is the one that is there without us. */
  constructor(listen: (observer: PacketObserver | undefined) => void, always: PacketObserver | undefined) {
    this.#listen = listen;
    this.#always = always;
  }

  event(event: ServerEvent): void {
    this.#events = noted(
      this.#events,
      { seq: ++this.#seq, atMs: Date.now(), kind: 'event', event },
      KEPT_EVENTS,
    );
  }

  /** What came behind number `since`, and from now on the packets of `client` too. */
  answer(since: number, client: number | undefined): WatchAnswer {
    this.#follow(client);
    const moments = [...this.#events, ...this.#packets]
      .filter(({ seq }) => seq > since)
      .sort((one, other) => one.seq - other.seq);
    return { seq: this.#seq, moments };
  }

  close(): void {
    clearTimeout(this.#leave);
  }

  #follow(client: number | undefined): void {
    clearTimeout(this.#leave);
    if (client !== undefined) this.#leave = setTimeout(() => this.#follow(undefined), PATIENCE_MS).unref();
    if (client === this.#client) return;
    this.#client = client;
    this.#packets = [];
    this.#listen(client === undefined ? this.#always : this.#observer(client));
  }

  #observer(wanted: number): PacketObserver {
    const always = this.#always;
    const note = (
      client: ClientId,
      direction: 'received' | 'sent',
      message: Message,
      bytes: number,
    ): void => {
      if (client !== wanted) return;
      const moment: Moment = {
        ...{ seq: ++this.#seq, atMs: Date.now(), kind: 'packet', client, direction },
        ...{ type: message.type, request: message.request, bytes },
      };
      this.#packets = noted(this.#packets, moment, KEPT_PACKETS);
    };
    return {
      received: (client, message, offset, bytes) => {
        always?.received(client, message, offset, bytes);
        note(client, 'received', message, bytes);
      },
      said: (client, message, offset, bytes) => {
        always?.said(client, message, offset, bytes);
        note(client, 'sent', message, bytes);
      },
      written: (client, packets, bytes, offset) => always?.written(client, packets, bytes, offset),
    };
  }
}

/** The oldest go many at a time: to shift hundreds costs more than to note one. */
function noted(all: Moment[], one: Moment, kept: number): Moment[] {
  all.push(one);
  return all.length >= 2 * kept ? all.slice(-kept) : all;
}
