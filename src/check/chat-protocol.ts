import { Buffer } from 'node:buffer';
import type { AppDecoder, AppMessage, AppProtocol, Side } from '../tcp/index.ts';
import { type Decoder, type Message, type Protocol, type Speaker } from '../wire/index.ts';

/**
 * A described protocol as `tcp/` wants an application's: the initiator is the client. Recognised when what each side
 * sent first is a packet of it, or the beginning of one.
 */
export function chatProtocol(protocol: Protocol): AppProtocol {
  return {
    name: protocol.name,
    recognise({ first }) {
      const client = opens(protocol, 'client', first[0]);
      if (client === 'invalid') return 'no';
      const server = opens(protocol, 'server', first[1]);
      if (server === 'invalid') return 'no';
      return client === 'need-more' && server === 'need-more' ? 'more' : 'yes';
    },
    open: () => new ChatDecoder(protocol),
  };
}

/** The type of the first packet in what a side sent, or why there is none. */
function opens(protocol: Protocol, speaker: Speaker, bytes: Uint8Array): string {
  if (bytes.length === 0) return 'need-more';
  const decoder = protocol.decoder(speaker);
  decoder.push(asBuffer(bytes));
  return decoder.next().type;
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

const NONE: AppMessage[] = [];
const NO_FIELDS: AppMessage['fields'] = [];

class ChatDecoder implements AppDecoder {
  readonly #decoders: readonly [Decoder, Decoder];
  readonly #lost = [false, false];

  constructor(protocol: Protocol) {
    this.#decoders = [protocol.decoder('client'), protocol.decoder('server')];
  }

  feed(side: Side, bytes: Uint8Array): readonly AppMessage[] {
    if (this.#lost[side] === true) return [];
    const decoder = this.#decoders[side];
    decoder.push(asBuffer(bytes));
    // Mostly none or one, for which nothing is to be made anew, or no more than is needed.
    let messages = NONE;
    for (;;) {
      const next = decoder.next();
      if (next.type === 'need-more') return messages;
      if (next.type === 'invalid') {
        this.#lost[side] = true;
        const { offset, message } = next;
        const problem: AppMessage = {
          side,
          name: 'not a packet',
          summary: `not a packet: ${message}`,
          offset,
          length: 0,
          fields: [],
          problem: message,
        };
        return [...messages, problem];
      }
      // Some answers do not say what they answer: the order of the requests does.
      this.#decoders[side === 0 ? 1 : 0].expect(next.type);
      const message: AppMessage = {
        side,
        name: next.type,
        summary: summaryOf(next),
        offset: decoder.offset,
        length: decoder.length,
        fields: NO_FIELDS,
      };
      if (messages === NONE) messages = [message];
      else messages.push(message);
    }
  }

  /** Behind a hole nobody knows where the next packet begins. */
  gap(side: Side): readonly AppMessage[] {
    this.#lost[side] = true;
    return [];
  }
}

/** As `toISOString` has it; the second is kept, since the answers of a capture are mostly of the same one. */
function isoTime(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond.second) {
    lastSecond = { second, text: new Date(second * 1000).toISOString().slice(0, -4) };
  }
  return `${lastSecond.text}${String(ms - second * 1000).padStart(3, '0')}Z`;
}
let lastSecond = { second: NaN, text: '' };

/** One line: the type, the request's number, and what matters most of the rest. */
export function summaryOf(message: Message): string {
  const number = message.request === 0 ? '' : ` #${message.request}`;
  return `${message.type}${number}${detailOf(message)}`;
}

function detailOf(message: Message): string {
  switch (message.type) {
    case 'hello.indication':
      return ` you are ${message.id}`;
    case 'hello.request':
    case 'name.response':
      return ` ${message.name}`;
    case 'time.response':
      return ` ${isoTime(message.time)}`;
    case 'list.response':
      return ` ${message.clients.length} ${message.clients.length === 1 ? 'client' : 'clients'}${message.more ? ', more follow' : ''}`;
    case 'send.request':
      return ` to ${message.to}: ${message.text}`;
    case 'send.response':
      return ` ${message.outcome}`;
    case 'deliver.indication':
      return ` from ${message.from}: ${message.text}`;
    case 'bye.indication':
    case 'error.response':
    case 'error.indication':
      return ` ${message.status}${message.text === '' ? '' : `: ${message.text}`}`;
    case 'hello.response':
    case 'time.request':
    case 'name.request':
    case 'list.request':
    case 'deliver.response':
    case 'heartbeat.request':
    case 'heartbeat.response':
    case 'token.indication':
    case 'token.request':
    case 'token.response':
      // Not what the token was: reports are handed in.
      return '';
  }
}
