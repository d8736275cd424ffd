/** One of several clients in a session: what `clients(n)` gives. Its calls end with the run that made them, as commands do. */
import { inspect } from 'node:util';
import { KitError, text } from '../bytes/index.ts';
import { type Client, type Faults, formatEndpoint, type IncomingText } from '../net/index.ts';
import { callOptions, wrongCall } from './command.ts';
import { textReceiver } from './commands/requests.ts';
import { currentSignal, detached } from './evaluator.ts';
import { Inbox } from './inbox.ts';
import { type CallOptions, lost } from './session.ts';

export class LabClient {
  readonly #client: Client;
  readonly #faults: Faults;
  readonly #problem: (error: unknown) => void;
  readonly #inbox = new Inbox();
  #split: { splitBytes: number; gapMs: number } | undefined;
  #joinPackets: number | undefined;
  #delayMs: number | undefined;
  #vanished = false;

  constructor(client: Client, faults: Faults, problem: (error: unknown) => void) {
    this.#client = client;
    this.#faults = faults;
    this.#problem = problem;
    client.on('message', (message) => this.#inbox.put(message));
    client.on('close', (why) =>
      this.#inbox.fail(new KitError('connection-lost', lost(why), { fault: 'peer' })),
    );
  }

  get id(): number {
    return this.#client.id;
  }

  get local(): Client['local'] {
    return this.#client.local;
  }

  get remote(): Client['remote'] {
    return this.#client.remote;
  }

  get connected(): boolean {
    return this.#client.connected;
  }

  time(options?: CallOptions): Promise<Date> {
    return running('time', options, (how) => this.#client.time(how));
  }

  name(options?: CallOptions): Promise<string> {
    return running('name', options, (how) => this.#client.name(how));
  }

  list(options?: CallOptions): ReturnType<Client['list']> {
    return running('list', options, (how) => this.#client.list(how));
  }

  send(to: unknown, words: unknown, options?: CallOptions): ReturnType<Client['send']> {
    const id = textReceiver(to);
    if (typeof words !== 'string')
      throw wrongCall(
        'send',
        text('it wants a text: a.send(b, "hello")', '需要一段文字：a.send(b, "hello")'),
      );
    return running('send', options, (how) => this.#client.send(id, words, how));
  }

  heartbeat(options?: CallOptions): Promise<number> {
    return running('heartbeat', options, async (how) =>
      Number((await this.#client.heartbeat(how)).toFixed(3)),
    );
  }

  /** The next text for this client that nobody received yet. */
  receive(options?: CallOptions): Promise<IncomingText> {
    return running('receive', options, (how) => this.#inbox.take(how));
  }

  /** Calls `handler` for every text that comes for this client. */
  on(event: string, handler: (message: IncomingText) => unknown): void {
    if (event !== 'message' || typeof handler !== 'function')
      throw wrongCall(
        'clients',
        text(
          "on() wants an event and a function: a.on('message', (m) => …)",
          "on() 需要事件和函数：a.on('message', (m) => …)",
        ),
      );
    this.#client.on('message', (message) => {
      // Not part of the run that connected; and a mistake in it is the user's to see.
      void Promise.resolve()
        .then(() => detached(() => handler(message)))
        .catch(this.#problem);
    });
  }

  disconnect(): Promise<void> {
    return this.#client.disconnect();
  }

  /** Each packet leaves in pieces of `bytes`, with `gapMs` between them. */
  split(bytes: number, gapMs = 0): string {
    this.#split = {
      splitBytes: atLeast('split', 'bytes', bytes, 1),
      gapMs: atLeast('split', 'gapMs', gapMs, 0),
    };
    return this.#set();
  }

  /** So many packets leave in one write; fewer wait for the rest. */
  join(packets: number): string {
    this.#joinPackets = atLeast('join', 'packets', packets, 1);
    return this.#set();
  }

  /** Each packet leaves so much later. */
  delay(ms: number): string {
    this.#delayMs = atLeast('delay', 'ms', ms, 0);
    return this.#set();
  }

  /** No faults any more in what is sent; reading goes on. */
  behave(): string {
    this.#split = this.#joinPackets = this.#delayMs = undefined;
    this.#client.resumeReading();
    return this.#set();
  }

  /** As a program that is busy elsewhere: the receive buffer fills, and the window closes (RFC 9293, section 3.8.6). */
  pauseReading(): void {
    this.#client.pauseReading();
  }

  resumeReading(): void {
    this.#client.resumeReading();
  }

  /** A RST, as of a program that crashes with data unread. */
  reset(): void {
    this.#client.reset();
  }

  /** Gone without a word: nothing sent, read or, where the kernel can be told so, acknowledged any more. */
  async vanish(): Promise<string> {
    this.#vanished = true;
    return (await this.#faults.vanish()) === 'machine'
      ? 'vanished: nothing that is sent to it is acknowledged any more, as if its cable were pulled'
      : 'vanished: it reads and answers nothing; its kernel still acknowledges, until the receive buffer is full';
  }

  #set(): string {
    this.#faults.set({
      ...this.#split,
      ...(this.#joinPackets === undefined ? {} : { joinPackets: this.#joinPackets }),
      ...(this.#delayMs === undefined ? {} : { delayMs: this.#delayMs }),
    });
    return `what it sends: ${this.#faultsText().join(', ') || 'each packet at once, in one write'}`;
  }

  #faultsText(): string[] {
    return [
      ...(this.#split === undefined
        ? []
        : [`in pieces of ${this.#split.splitBytes} bytes, ${this.#split.gapMs} ms apart`]),
      ...(this.#joinPackets === undefined ? [] : [`${this.#joinPackets} packets in one write`]),
      ...(this.#delayMs === undefined ? [] : [`${this.#delayMs} ms late`]),
      ...(this.#vanished ? ['nothing: it has vanished'] : []),
    ];
  }

  [inspect.custom](): string {
    const { id, local, remote } = this;
    const state = this.connected
      ? 'connected'
      : `closed: ${this.#client.closeReason?.code ?? 'disconnected'}`;
    const about = [`${formatEndpoint(local)} → ${formatEndpoint(remote)}`, state, ...this.#faultsText()];
    return `client ${id} (${about.join(', ')})`;
  }

  toJSON(): object {
    return this.#client.toJSON();
  }
}

/** The call is part of the run that made it: Ctrl-C ends it down to the request. */
async function running<T>(
  name: string,
  options: CallOptions | undefined,
  call: (how: CallOptions) => Promise<T>,
): Promise<T> {
  const signal = currentSignal();
  // As for commands: code that was interrupted gets no more answers, or a loop that catches every error would go on.
  if (signal?.aborted) return new Promise(() => undefined);
  return call(callOptions(name, options, signal === undefined ? {} : { signal }));
}

function atLeast(knob: string, what: string, value: unknown, least: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least) return value;
  throw wrongCall(
    'clients',
    text(
      `${knob}(): ${what} is a whole number, ${least} or more`,
      `${knob}()：${what} 应是不小于 ${least} 的整数`,
    ),
  );
}
