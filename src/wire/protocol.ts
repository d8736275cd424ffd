import type { Buffer } from 'node:buffer';
import { type Writer } from '../bytes/index.ts';
import { Decoder } from './decoder.ts';
import type { Description } from './description.ts';
import { Constants, Emitter } from './generate/emit.ts';
import { generateEncode } from './generate/encode.ts';
import { generateFrame } from './generate/frame.ts';
import { generateParse } from './generate/parse.ts';
import type { Invalid } from './invalid.ts';
import type { Message, MessageType, Speaker } from './message.ts';
import * as runtime from './runtime.ts';
import * as sentences from './sentences.ts';

/** Bytes that the frame at `start` takes as far as b[start..end) tells; an Invalid when it cannot be one. */
export type FrameLength = (b: Buffer, start: number, end: number, from: number) => number | Invalid;
/** One whole frame b[start..end) as a message; offsets of an Invalid count from `start`. */
export type ParseFrame = (b: Buffer, start: number, end: number) => Message | Invalid;

interface Generated {
  readonly frame: FrameLength;
  readonly parse_client: ParseFrame;
  readonly parse_server: ParseFrame;
  readonly encode: (message: Message, writer: Writer) => void;
}

/** A description with the codec that was compiled from it. */
export class Protocol {
  readonly description: Description;
  readonly name: string;
  /** The source of the compiled codec, for the curious and for tests. */
  readonly source: string;
  readonly #types: ReadonlySet<MessageType>;
  readonly #generated: Generated;

  constructor(description: Description) {
    this.description = description;
    this.name = description.name;
    this.#types = new Set(description.packets.map((packet) => packet.type));
    const constants = new Constants();
    const out = new Emitter();
    out.line("'use strict';");
    generateFrame(description, constants, out);
    generateParse(description, 'client', constants, out);
    generateParse(description, 'server', constants, out);
    generateEncode(description, constants, out);
    out.line('return { frame, parse_client, parse_server, encode };');
    this.source = out.toString();
    // The source holds nothing of the description but integers, checked names and JSON strings (emit.ts).
    // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
    this.#generated = new Function('k', 'r', this.source)(constants.values, {
      ...runtime,
      ...sentences,
    }) as Generated;
  }

  /** Can this protocol say such a message at all? */
  can(type: MessageType): boolean {
    return this.#types.has(type);
  }

  /** Does it have request numbers, so that answers may come in any order? */
  get numbersRequests(): boolean {
    return this.description.correlate.by === 'field';
  }

  /**
   * Writes one packet behind what the writer holds.
   *
   * @throws KitError (usage) `unsupported`, `text-too-long`, `name-too-long`, `packet-too-long`, `out-of-range` or
   * `cannot-encode`; the writer then holds what it held before.
   */
  encode(message: Message, writer: Writer): void {
    this.#generated.encode(message, writer);
  }

  /** An incremental decoder for the bytes that `speaker` sends. */
  decoder(speaker: Speaker): Decoder {
    const { frame, parse_client, parse_server } = this.#generated;
    return new Decoder(frame, speaker === 'client' ? parse_client : parse_server);
  }
}
