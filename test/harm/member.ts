import { connect, type Socket } from 'node:net';
import { Writer } from '../../src/bytes/index.ts';
import { clientId, loadProtocol, type Message, requestNumber } from '../../src/wire/index.ts';

export const clp = loadProtocol('clp');

type Kind = 'time' | 'name' | 'send';

/**
 * One client of a crowd: a bare socket that checks every packet it gets. Each request must be answered once, with its
 * own number and kind; each text must be for this client, from whom it says, and must come once.
 */
export class Member {
  readonly socket: Socket;
  id = 0;
  /** Requests without an answer yet, by their number. */
  readonly #open = new Map<number, Kind>();
  readonly heard = new Set<string>();
  /** Texts of ours that the server called delivered. */
  readonly delivered = new Set<string>();
  readonly #texts = new Map<number, string>();
  /** What must not be. */
  readonly wrongs: string[] = [];
  /** The last words, if it heard such. */
  bye: string | undefined;
  fate: string | undefined;
  asked = 0;
  answered = 0;
  /** What the server's clock said last, in milliseconds since 1970. */
  lastTime = 0;
  forwarded = 0;
  /** false: somebody writes requests past it, so that it knows of no answer whether it was asked for. */
  notes = true;
  /** Hears of each answer: its number. */
  onAnswer: ((number: number) => void) | undefined;
  #out = new Writer();
  readonly #decoder = clp.decoder('server');

  constructor(port: number, options: { host?: string; localAddress?: string } = {}) {
    this.socket = connect({ host: '127.0.0.1', port, noDelay: true, ...options });
    this.socket.on('data', (chunk: Buffer) => this.#take(chunk));
    this.socket.on('end', () => (this.fate ??= 'end'));
    this.socket.on('error', (error: NodeJS.ErrnoException) => (this.fate ??= error.code ?? error.message));
    this.socket.on('close', () => (this.fate ??= 'close'));
  }

  /** Requests without an answer yet. */
  get open(): number {
    return this.#open.size;
  }

  /** Puts a request into the next write; answers its number. */
  ask(kind: 'time' | 'name'): number {
    const number = this.#number(kind);
    this.#say({ type: `${kind}.request`, request: requestNumber(number) });
    return number;
  }

  /** The same for a text to another member; `tag` makes it one of a kind. */
  text(to: number, tag: string): void {
    const number = this.#number('send');
    const text = `${this.id}>${to}#${tag}`;
    this.#texts.set(number, text);
    this.#say({
      type: 'send.request',
      request: requestNumber(number),
      to: clientId(to),
      toAddress: '',
      toPort: 0,
      text,
    });
  }

  /** Writes what was asked. */
  flush(): void {
    if (this.#out.length > 0) this.socket.write(Buffer.from(this.#out.take()));
  }

  destroy(): void {
    this.socket.destroy();
  }

  #number(kind: Kind): number {
    this.#open.set(++this.asked, kind);
    return this.asked;
  }

  #say(message: Message): void {
    clp.encode(message, this.#out);
  }

  #take(chunk: Buffer): void {
    this.#decoder.push(chunk);
    for (;;) {
      const next = this.#decoder.next();
      if (next.type === 'need-more') break;
      if (next.type === 'invalid') {
        this.wrongs.push(`no packet at ${next.offset}: ${next.message}`);
        this.socket.destroy();
        return;
      }
      this.#hear(next);
    }
    // Confirmations of what this chunk brought.
    this.flush();
  }

  #hear(message: Message): void {
    switch (message.type) {
      case 'hello.indication':
        this.id = message.id;
        return;
      case 'heartbeat.request':
        this.#say({ type: 'heartbeat.response', request: message.request });
        return;
      case 'bye.indication':
        this.bye = message.status;
        return;
      case 'time.response':
        this.lastTime = message.time;
        this.#answer('time', message.request);
        return;
      case 'name.response':
        this.#answer('name', message.request);
        return;
      case 'send.response':
        if (message.outcome === 'delivered') this.delivered.add(this.#texts.get(message.request) ?? '');
        else this.forwarded++;
        this.#texts.delete(message.request);
        this.#answer('send', message.request);
        return;
      case 'deliver.indication': {
        const [, from, to] = /^(\d+)>(\d+)#/.exec(message.text) ?? [];
        if (Number(from) !== message.from || Number(to) !== this.id || this.heard.has(message.text))
          this.wrongs.push(`client ${this.id} heard ${message.text} from ${message.from}`);
        this.heard.add(message.text);
        this.#say({ type: 'deliver.response', request: message.request });
        return;
      }
      default:
        this.wrongs.push(`client ${this.id} heard ${JSON.stringify(message)}`);
    }
  }

  #answer(kind: Kind, number: number): void {
    if (!this.notes) return;
    const expected = this.#open.get(number);
    this.#open.delete(number);
    if (expected !== kind) {
      this.wrongs.push(`client ${this.id} got ${kind} for request ${number}, which it did not wait for`);
      return;
    }
    this.answered++;
    this.onAnswer?.(number);
  }
}
