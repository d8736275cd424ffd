import { Buffer } from 'node:buffer';
import {
  type Invalid,
  type Message,
  type MessageType,
  operationOf,
  type Protocol,
  type Speaker,
} from '../../src/wire/index.ts';
import { Writer } from '../../src/bytes/index.ts';

/** What a decoder answered for a stream, and where each answer stood. */
export interface Heard {
  readonly answer: Message | Invalid;
  readonly offset: number;
  readonly length: number;
}

export interface StreamResult {
  readonly heard: readonly Heard[];
  /** What `end` said. */
  readonly end: Invalid | undefined;
  /** The most bytes of an unfinished packet that were kept between chunks. */
  readonly mostPending: number;
}

/** What stands in front of the bytes: the greeting where the protocol has one, and the requests that are answered. */
export interface Before {
  readonly greeting?: Uint8Array | undefined;
  readonly awaited?: readonly MessageType[];
}

/** The greeting that comes in front of all other packets of the server, encoded, where a protocol has a framed one. */
export function greetingOf(protocol: Protocol, speaker: Speaker): Uint8Array | undefined {
  const packet = protocol.description.packets.find(({ opening }) => opening?.ends === 'packet');
  if (packet === undefined || speaker === 'client') return undefined;
  return protocol.description.examples.find(({ type }) => type === packet.type)?.bytes;
}

/** Requests to which messages are the answers, in their order. */
export const requestsOf = (messages: readonly Message[]): MessageType[] =>
  messages.flatMap(({ type }): MessageType[] => {
    if (!type.endsWith('.response')) return [];
    return [type === 'error.response' ? 'time.request' : (`${operationOf(type)}.request` as MessageType)];
  });

/** Feeds chunks to a fresh decoder and collects its answers, the first Invalid included. */
export function decodeChunks(
  protocol: Protocol,
  speaker: Speaker,
  chunks: readonly Uint8Array[],
  before: Before = {},
): StreamResult {
  const decoder = protocol.decoder(speaker);
  for (const type of before.awaited ?? []) decoder.expect(type);
  const base = before.greeting?.length ?? 0;
  if (before.greeting !== undefined) {
    decoder.push(Buffer.from(before.greeting));
    if (decoder.next().type !== 'hello.indication' || decoder.next().type !== 'need-more')
      throw new Error('the greeting is no greeting');
  }
  const heard: Heard[] = [];
  let mostPending = 0;
  feed: for (const chunk of chunks) {
    decoder.push(Buffer.from(chunk));
    for (let next = decoder.next(); next.type !== 'need-more'; next = decoder.next()) {
      if (next.type === 'invalid') {
        heard.push({ answer: next.movedBy(-base), offset: next.offset - base, length: 0 });
        break feed;
      }
      heard.push({ answer: next, offset: decoder.offset - base, length: decoder.length });
    }
    mostPending = Math.max(mostPending, decoder.pending);
  }
  return { heard, end: decoder.end()?.movedBy(-base), mostPending };
}

export const decodeWhole = (
  protocol: Protocol,
  speaker: Speaker,
  bytes: Uint8Array,
  before: Before = {},
): StreamResult => decodeChunks(protocol, speaker, [bytes], before);

/** One byte to a chunk. */
export const byteByByte = (bytes: Uint8Array): Uint8Array[] =>
  Array.from(bytes, (byte) => Uint8Array.of(byte));

/** Every way to cut the bytes in two. */
export const everyCut = (bytes: Uint8Array): Uint8Array[][] =>
  Array.from({ length: bytes.length + 1 }, (_, at) => [bytes.subarray(0, at), bytes.subarray(at)]);

/** The bytes cut at the given places; places beyond the end do not matter. */
export function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [0, ...places.filter((place) => place < bytes.length), bytes.length].sort((a, b) => a - b);
  return sorted.slice(1).map((place, index) => bytes.subarray(sorted[index], place));
}

export function encodeAll(protocol: Protocol, messages: readonly Message[]): Buffer {
  const writer = new Writer(64);
  for (const message of messages) protocol.encode(message, writer);
  return Buffer.from(writer.view());
}

/** Places of bytes that are worth changing: in the middle of padding one is as good as another. */
export const tellingPlaces = (bytes: Uint8Array): number[] =>
  Array.from(bytes.keys()).filter(
    (place) => bytes[place] !== bytes[place - 1] || bytes[place] !== bytes[place + 1],
  );
