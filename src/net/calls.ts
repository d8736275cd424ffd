import { KitError, text } from '../bytes/index.ts';
import { type Match, Requests } from '../chat/index.ts';
import {
  type Message,
  type MessageType,
  type Protocol,
  type RequestNumber,
  requestNumber,
} from '../wire/index.ts';
import type { CallOptions } from './client-types.ts';
import { aborted } from './socket-errors.ts';

const DEFAULT_TIMEOUT_MS = 10_000;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export type MessageOf<T extends MessageType> = Extract<Message, { type: T }>;
/** What a request says beside its type and its number. */
export type FieldsOf<T extends MessageType> = Omit<MessageOf<T>, 'type' | 'request'>;

/** A client's questions under way: each gets its answer, the server's refusal, or an end to its caller's patience. */
export class Calls {
  readonly #protocol: Protocol;
  readonly #timeoutMs: number;
  readonly #send: (message: Message) => void;
  readonly #requests: Requests;

  /** `send` writes one packet, and throws when the protocol cannot say it. */
  constructor(protocol: Protocol, timeoutMs: number | undefined, send: (message: Message) => void) {
    this.#protocol = protocol;
    this.#timeoutMs = timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.#send = send;
    this.#requests = new Requests(protocol.numbersRequests, !protocol.can('send.response'));
  }

  /** Sends a request. Rejects with the server's refusal, `timeout`, `aborted`, or why it cannot be said. */
  ask<Q extends MessageType, A extends MessageType>(
    type: Q,
    answerType: A,
    fields: FieldsOf<Q>,
    { timeoutMs = this.#timeoutMs, signal }: CallOptions,
  ): Promise<MessageOf<A>> {
    if (signal?.aborted === true) return Promise.reject(aborted());
    return new Promise((resolve, reject) => {
      let number: RequestNumber = requestNumber(0);
      const giveUp = (error: KitError): void => {
        done();
        if (this.#protocol.can(answerType)) this.#requests.abandon(number);
        else this.#requests.withdraw(number);
        reject(error);
      };
      const onAbort = (): void => giveUp(aborted());
      // A longer one than timers can do would fire at once.
      const timer =
        timeoutMs > LONGEST_TIMER_MS
          ? undefined
          : setTimeout(() => giveUp(timedOut(type, timeoutMs)), timeoutMs);
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      number = this.#requests.open(
        type,
        (answer) => {
          done();
          if (answer.type === answerType) resolve(answer as MessageOf<A>);
          else reject(wrongAnswer(type, answer.type));
        },
        (error) => {
          done();
          reject(error);
        },
      );
      try {
        this.#send({ type, request: number, ...fields } as Message);
      } catch (error) {
        // It cannot be said, so it was not.
        done();
        this.#requests.withdraw(number);
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  /** Gives an answer to its request. */
  answer(message: Message): Match {
    return this.#requests.answer(message);
  }

  /** The connection has ended, and every question with it. */
  failAll(error: KitError): void {
    this.#requests.failAll(error);
  }
}

function timedOut(type: MessageType, timeoutMs: number): KitError {
  return new KitError(
    'timeout',
    text(`no answer to ${type} within ${timeoutMs} ms`, `${timeoutMs} 毫秒内没有收到 ${type} 的回答`),
    {
      fault: 'peer',
      hint: text(
        'The server is busy, stopped or cut off; the connection is kept. Ask again, or give more time.',
        '服务器繁忙、暂停或网络中断；连接仍然保留。请再问一次，或给更长的时间。',
      ),
    },
  );
}

function wrongAnswer(type: MessageType, answer: MessageType): KitError {
  const words = text(`${type} was answered with ${answer}`, `${type} 得到的回答却是 ${answer}`);
  return new KitError('bad-packet', words, { fault: 'peer' });
}
