import { Buffer } from 'node:buffer';
import { type Invalid, type Message, type Protocol, type Speaker } from '../../src/wire/index.ts';
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

/** Feeds chunks to a fresh decoder and collects its answers, the first Invalid included. */
export function decodeChunks(
  protocol: Protocol,
  speaker: Speaker,
  chunks: readonly Uint8Array[],
): StreamResult {
  const decoder = protocol.decoder(speaker);
  const heard: Heard[] = [];
  let mostPending = 0;
  feed: for (const chunk of chunks) {
    decoder.push(Buffer.from(chunk));
    for (let next = decoder.next(); next.type !== 'need-more'; next = decoder.next()) {
      if (next.type === 'invalid') {
        heard.push({ answer: next, offset: next.offset, length: 0 });
        break feed;
      }
      heard.push({ answer: next, offset: decoder.offset, length: decoder.length });
    }
    mostPending = Math.max(mostPending, decoder.pending);
  }
  return { heard, end: decoder.end(), mostPending };
}

export const decodeWhole = (protocol: Protocol, speaker: Speaker, bytes: Uint8Array): StreamResult =>
  decodeChunks(protocol, speaker, [bytes]);

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
