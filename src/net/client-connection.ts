import { KitError, same, type Text, text } from '../bytes/index.ts';
import { refusal } from '../chat/index.ts';
import { type Invalid, type Message, type MessageType, type Protocol, requestNumber } from '../wire/index.ts';
import { Calls, type FieldsOf, type MessageOf } from './calls.ts';
import type { Channel } from './channel.ts';
import { ClientEnding } from './client-ending.ts';
import { ClientStream } from './client-stream.ts';
import type { CallOptions, ClientEvents, CloseReason, ConnectOptions } from './client-types.ts';
import { ClientHeartbeat } from './client-heartbeat.ts';
import { EarlyEvents } from './early-events.ts';
import { Greeting } from './greeting.ts';

/** Tells a client's listeners. */
export type Tell = <K extends keyof ClientEvents>(event: K, ...values: ClientEvents[K]) => void;

/** What a client does about each message of the server's: answers find their requests, texts their listeners. */
export class ClientConnection {
  readonly channel: Channel;
  readonly protocol: Protocol;
  readonly greeting = new Greeting();
  readonly #tell: Tell;
  readonly #stream: ClientStream;
  readonly #calls: Calls;
  readonly #ending: ClientEnding;
  readonly #early = new EarlyEvents();
  readonly #heartbeat: ClientHeartbeat | undefined;
  /** Told once, when it is asked for. */
  #token: string | undefined;

  constructor(channel: Channel, options: ConnectOptions, tell: Tell) {
    const { protocol, timeoutMs, packets } = options;
    this.channel = channel;
    this.protocol = protocol;
    this.#tell = tell;
    this.#token = options.token;
    packets?.connected?.(channel.local, channel.remote);
    this.#ending = new ClientEnding(channel, (failure, reason) => this.#ended(failure, reason));
    this.#calls = new Calls(protocol, timeoutMs, (message) => this.#stream.send(message));
    this.#stream = new ClientStream(channel, protocol, packets, {
      message: (message, bytes) => {
        this.#heartbeat?.heard();
        this.#handle(message, bytes);
      },
      invalid: (invalid) => this.#badPacket(invalid),
      closed: (error) => this.#ending.gone(error),
    });
    if (options.heartbeatMs !== undefined && protocol.can('heartbeat.request')) {
      this.#heartbeat = new ClientHeartbeat(
        options.heartbeatMs,
        (patience) => this.ask('heartbeat.request', 'heartbeat.response', {}, patience),
        (failure) => {
          this.#ending.fail(failure);
          this.channel.abort();
        },
      );
    }
  }

  /** Neither side has ended it. */
  get open(): boolean {
    return this.#ending.open;
  }

  /** Why it ended; undefined while it lives. */
  get closeReason(): CloseReason | undefined {
    return this.#ending.reason;
  }

  /** Sends a request and resolves with its answer. Rejects as calls of `Client` do. */
  ask<Q extends MessageType, A extends MessageType>(
    type: Q,
    answerType: A,
    fields: FieldsOf<Q>,
    options: CallOptions,
  ): Promise<MessageOf<A>> {
    if (!this.open) return Promise.reject(this.#ending.notConnected());
    return this.#calls.ask(type, answerType, fields, options);
  }

  /** The caller of `connect` had a turn to listen: what came too early is told. */
  release(): void {
    this.#early.release();
  }

  /** Goodbye, and a FIN behind all that was sent. Resolves when the channel is gone. */
  async disconnect(): Promise<void> {
    if (this.open) {
      this.#ending.leave();
      if (this.protocol.can('bye.indication')) {
        this.#stream.send({ type: 'bye.indication', request: requestNumber(0), status: 'ok', text: '' });
      }
      this.#ending.finish();
    }
    await this.#ending.closed;
  }

  /** A RST, at once. */
  reset(): void {
    this.#ending.leave();
    this.channel.abort();
  }

  #handle(message: Message, bytes: number): void {
    switch (message.type) {
      case 'hello.indication':
        this.greeting.arrived(message);
        return;
      case 'token.indication':
        this.#showToken();
        return;
      case 'deliver.indication':
        this.#deliver(message, bytes);
        return;
      case 'heartbeat.request':
        if (this.open) this.#stream.send({ type: 'heartbeat.response', request: message.request });
        return;
      case 'bye.indication':
      case 'error.indication':
        this.#lastWords(message);
        return;
      case 'hello.response':
      case 'time.response':
      case 'name.response':
      case 'list.response':
      case 'send.response':
      case 'heartbeat.response':
      case 'token.response':
      case 'error.response':
        if (this.#calls.answer(message) === 'stray') this.#stray(message, bytes);
        return;
      case 'hello.request':
      case 'time.request':
      case 'name.request':
      case 'list.request':
      case 'send.request':
      case 'deliver.response':
      case 'token.request':
        // A decoder for what servers say never answers these.
        this.#stray(message, bytes);
        return;
    }
  }

  #deliver(message: MessageOf<'deliver.indication'>, bytes: number): void {
    const { request, from, fromAddress, fromPort, text: words } = message;
    const at = new Date();
    this.#whenHeard(bytes, () => {
      this.#tell('message', { from, fromAddress, fromPort, text: words, at });
      // Confirmed when the listeners have it, not before.
      if (this.open && request !== 0 && this.protocol.can('deliver.response')) {
        this.#stream.send({ type: 'deliver.response', request });
      }
    });
  }

  #stray(message: Message, bytes: number): void {
    this.#whenHeard(bytes, () => this.#tell('stray', message));
  }

  /** Tells the listeners what a packet of so many bytes brought, as soon as there can be any. */
  #whenHeard(bytes: number, event: () => void): void {
    if (this.#early.tell(event, bytes)) return;
    this.#ending.fail(
      new KitError(
        'flooded',
        text(
          'the server sent megabytes of texts before it let us in',
          '服务器在接纳之前就发来了数兆字节的文字',
        ),
        {
          fault: 'peer',
          hint: text(
            'Try again when it has less to say, or connect without a name.',
            '请等它消息少一些时再试，或不带名字连接。',
          ),
        },
      ),
    );
    this.channel.abort();
  }

  #showToken(): void {
    const token = this.#token;
    this.#token = undefined;
    const given =
      token === undefined
        ? Promise.reject(
            new KitError(
              'token-needed',
              text(
                'the server lets in only who knows the token of the class',
                '服务器只让知道班级口令的人进入',
              ),
              {
                fault: 'peer',
                hint: text(
                  'Ask whoever runs it for the token, and give it with --token.',
                  '请向服务器的管理者索取口令，用 --token 给出。',
                ),
              },
            ),
          )
        : this.#calls.ask('token.request', 'token.response', { token }, {});
    given.catch((failure: unknown) => {
      // Before the server's own last words about the same: these say what to do.
      this.#ending.fail(failure instanceof KitError ? failure : new KitError('internal', String(failure)));
      this.#ending.finish();
    });
  }

  #lastWords({ status, text: said }: MessageOf<'bye.indication' | 'error.indication'>): void {
    this.#ending.fail(
      status === 'ok'
        ? new KitError('connection-lost', farewell(said), {
            fault: 'peer',
            hint: text('Connect again.', '请重新连接。'),
          })
        : refusal(status, said),
    );
    this.#ending.finish();
  }

  #badPacket({ offset, words }: Invalid): void {
    const where = text(
      `at byte ${offset} of what the server sent: ${words.en}`,
      `服务器发来的第 ${offset} 字节处：${words.zh}`,
    );
    this.#ending.fail(
      new KitError('bad-packet', where, {
        fault: 'peer',
        hint: text(
          'Check that the server speaks this protocol (--protocol).',
          '请检查服务器使用的是不是这个协议（--protocol）。',
        ),
      }),
    );
    this.channel.abort();
  }

  #ended(failure: KitError, reason: CloseReason): void {
    this.#heartbeat?.stop();
    this.#stream.stopReading();
    this.greeting.failed(failure);
    this.#calls.failAll(failure);
    this.#early.tell(() => this.#tell('close', reason), 0);
  }
}

/** What the server said when it closed in peace. */
const farewell = (said: string): Text =>
  said === '' ? text('the server said goodbye', '服务器已告别') : same(said);
