/** Stands between the client under test and a server of ours, and does to the answers what the conduct says. */
import type { Buffer } from 'node:buffer';
import { connect, createServer, type Socket } from 'node:net';
import { Writer } from '../../bytes/index.ts';
import {
  clientId,
  type EpochMs,
  Invalid,
  type Message,
  type Protocol,
  requestNumber,
} from '../../wire/index.ts';
import type { Random } from '../peers/random.ts';
import { type Act, acts, type Conduct } from './conduct.ts';
import type { Calls, Said } from './orders.ts';

/** How long an answer waits for the one that is to overtake it. */
const OVERTAKE_MS = 1_000;
/** Request numbers of indications of our own; the server behind us never hears of them. */
const FIRST_OWN = 0x7f00_0000;

export interface RelayParts {
  readonly protocol: Protocol;
  readonly conduct: Conduct;
  readonly random: Random;
  /** The time that each answer tells: one that the client cannot know from its own clock. */
  readonly time: EpochMs;
  readonly server: { readonly host: string; readonly port: number };
  readonly tell: (said: Said) => void;
}

export interface RelayListener {
  readonly port: number;
  readonly close: () => void;
  /** What our calls say of the last connection. */
  readonly calls: () => Calls | null;
}

/** Port 0: any. */
export function listenRelay(parts: RelayParts, host: string, port: number): Promise<RelayListener> {
  const relays: Relay[] = [];
  const listener = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    parts.tell({ said: 'connected' });
    relays.push(new Relay(socket, parts));
  });
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen({ host, port }, () => {
      const address = listener.address();
      resolve({
        port: address !== null && typeof address === 'object' ? address.port : 0,
        close: () => relays.forEach((relay) => relay.close()),
        calls: () => relays.at(-1)?.calls ?? null,
      });
    });
  });
}

class Relay {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #parts: RelayParts;
  readonly #fromClient;
  readonly #fromServer;
  readonly #acts: Act[] = [];
  #acting = false;
  #held: { message: Message; timer: NodeJS.Timeout } | undefined;
  #own = FIRST_OWN;
  readonly #clientPort: number;
  readonly #asked: string[] = [];
  #wrote = 0;
  #read = 0;
  #closed = false;

  constructor(client: Socket, parts: RelayParts) {
    this.#client = client;
    this.#clientPort = client.remotePort ?? 0;
    this.#parts = parts;
    this.#fromClient = parts.protocol.decoder('client');
    this.#fromServer = parts.protocol.decoder('server');
    this.#server = connect({ ...parts.server, allowHalfOpen: true, noDelay: true });
    client.on('data', (chunk: Buffer) => this.#heardClient(chunk));
    this.#server.on('data', (chunk: Buffer) => this.#heardServer(chunk));
    client.on('end', () => this.#server.end());
    this.#server.on('end', () => this.#do([{ act: 'close' }]));
    client.on('close', () => parts.tell({ said: 'closed' }));
    // A reset of one side is passed on as the end of the other; what the client does then is what is graded.
    client.on('error', () => {
      this.#closed = true;
      this.#server.destroy();
    });
    this.#server.on('error', () => {
      this.#closed = true;
      client.destroy();
    });
  }

  get calls(): Calls {
    return {
      clientPort: this.#clientPort,
      wrote: this.#wrote,
      read: this.#read,
      closed: this.#closed,
      asked: [...this.#asked],
    };
  }

  /** FIN now, whatever was still to be said; what the client writes afterwards is answered by RST. */
  close(): void {
    this.#acts.length = 0;
    this.#do([{ act: 'close' }]);
  }

  #heardClient(chunk: Buffer): void {
    this.#read += chunk.length;
    this.#fromClient.push(chunk);
    for (;;) {
      const next = this.#fromClient.next();
      if (next.type === 'need-more') return;
      if (next instanceof Invalid) {
        this.#parts.tell({ said: 'invalid', offset: next.offset, reason: next.reason });
        return;
      }
      if (next.type === 'deliver.response' && next.request >= FIRST_OWN) continue;
      this.#asked.push(next.type);
      this.#parts.tell({ said: 'asked', type: next.type });
      this.#fromServer.expect(next.type);
      this.#server.write(this.#encode(next));
    }
  }

  #heardServer(chunk: Buffer): void {
    this.#fromServer.push(chunk);
    for (;;) {
      const next = this.#fromServer.next();
      if (next.type === 'need-more') return;
      // Our own server sends packets; anything else is our own fault.
      if (next instanceof Invalid) throw new Error(`our server sent no packet: ${next.message}`);
      this.#pass(next.type === 'time.response' ? { ...next, time: this.#parts.time } : next);
    }
  }

  #pass(message: Message): void {
    const { conduct, random } = this.#parts;
    const isAnswer = message.type.endsWith('.response');
    if (!isAnswer || message.type === 'hello.response') {
      this.#do(
        acts(conduct === 'bytes-singly' ? conduct : 'plain', this.#encode(message), undefined, random),
      );
      return;
    }
    if (conduct === 'swapped') this.#swap(message);
    else this.#do(acts(conduct, this.#encode(message), this.#indication(), random));
  }

  /** The second of two answers overtakes the first. */
  #swap(message: Message): void {
    const held = this.#held;
    if (held === undefined) {
      this.#parts.tell({ said: 'acting' });
      const timer = setTimeout(() => this.#release(), OVERTAKE_MS);
      this.#held = { message, timer };
      return;
    }
    this.#parts.tell({ said: 'swapped' });
    this.#do([
      { act: 'write', bytes: this.#encode(message) },
      { act: 'pause', ms: 100 },
    ]);
    this.#release();
  }

  #release(): void {
    if (this.#held === undefined) return;
    clearTimeout(this.#held.timer);
    const bytes = this.#encode(this.#held.message);
    this.#held = undefined;
    this.#do([{ act: 'write', bytes }]);
  }

  #indication(): Buffer | undefined {
    if (!this.#parts.protocol.can('deliver.indication')) return undefined;
    return this.#encode({
      type: 'deliver.indication',
      request: requestNumber(++this.#own),
      from: clientId(1),
      fromAddress: '127.0.0.1',
      fromPort: 40_000,
      text: 'unasked',
    });
  }

  #encode(message: Message): Buffer {
    const writer = new Writer();
    this.#parts.protocol.encode(message, writer);
    return writer.take();
  }

  #do(more: readonly Act[]): void {
    this.#acts.push(...more);
    if (this.#acting) return;
    this.#acting = true;
    this.#parts.tell({ said: 'acting' });
    this.#next();
  }

  #next(): void {
    for (;;) {
      const next = this.#acts.shift();
      if (next === undefined) break;
      if (next.act === 'pause') {
        setTimeout(() => this.#next(), next.ms);
        return;
      }
      if (next.act === 'write') {
        if (this.#client.writable) {
          this.#wrote += next.bytes.length;
          this.#client.write(next.bytes);
        }
      } else {
        this.#closed = true;
        // Both directions: a client that goes on writing hears a RST.
        this.#client.end(() => this.#client.destroy());
        this.#server.destroy();
      }
    }
    this.#acting = false;
    this.#parts.tell({ said: 'idle' });
  }
}
