import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { Writer } from '../../../src/bytes/index.ts';
import { type Invalid, type Message, type Protocol, requestNumber } from '../../../src/wire/index.ts';
import { until } from '../../helpers/until.ts';
import { clp } from './servers.ts';

/** The bytes of packets, one behind the other. */
export function bytesOf(messages: readonly Message[], protocol: Protocol = clp): Buffer {
  const writer = new Writer();
  for (const message of messages) protocol.encode(message, writer);
  return Buffer.from(writer.take());
}

export const timeRequest = (number: number): Message => ({
  type: 'time.request',
  request: requestNumber(number),
});

/** A client without manners: a bare socket, and what came from it, in order. */
export class Raw {
  readonly socket: Socket;
  readonly messages: Message[] = [];
  /** How it ended, in order: `end` (FIN), an error's code, `close`. */
  readonly fate: string[] = [];
  bytesIn = 0;
  invalid: Invalid | undefined;

  constructor(socket: Socket, protocol: Protocol) {
    this.socket = socket;
    const decoder = protocol.decoder('server');
    socket.on('data', (chunk: Buffer) => {
      this.bytesIn += chunk.length;
      decoder.push(chunk);
      for (;;) {
        const next = decoder.next();
        if (next.type === 'need-more') return;
        if (next.type === 'invalid') {
          this.invalid = next;
          return;
        }
        this.messages.push(next);
      }
    });
    socket.on('end', () => this.fate.push('end'));
    socket.on('error', (error: NodeJS.ErrnoException) => this.fate.push(error.code ?? error.message));
    socket.on('close', () => this.fate.push('close'));
  }

  /** The messages of one type. */
  of<T extends Message['type']>(type: T): Extract<Message, { type: T }>[] {
    return this.messages.filter((message): message is Extract<Message, { type: T }> => message.type === type);
  }

  say(...messages: Message[]): void {
    this.socket.write(bytesOf(messages));
  }

  ended(): Promise<true> {
    return until('the server closes the connection', () => this.fate.includes('close') || undefined);
  }
}

/** Connects; half-open sockets stay open until somebody ends them. */
export async function rawClient(
  { port }: { port: number },
  options: { allowHalfOpen?: boolean; protocol?: Protocol } = {},
): Promise<Raw> {
  const { allowHalfOpen = false, protocol = clp } = options;
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen });
  const raw = new Raw(socket, protocol);
  onTestFinished(() => {
    socket.destroy();
  });
  await until('the raw client is connected', () => socket.readyState !== 'opening' || undefined);
  return raw;
}
