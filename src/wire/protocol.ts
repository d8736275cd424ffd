import type { Buffer } from 'node:buffer';
import { inspect } from 'node:util';
import { type Writer } from '../bytes/index.ts';
import { Decoder } from './decoder.ts';
import { AWAITED, type Description } from './description.ts';
import { Constants, Emitter } from './generate/emit.ts';
import { generateEncode } from './generate/encode.ts';
import { generateFrame, generateOpeningFrame } from './generate/frame.ts';
import { generateOpening, generateParse } from './generate/parse.ts';
import { carriedKeys } from './fields.ts';
import type { Invalid } from './invalid.ts';
import type { Message, MessageType, Speaker } from './message.ts';
import * as runtime from './runtime.ts';
import * as sentences from './sentences.ts';

/** Bytes that the frame at `start` takes as far as b[start..end) tells; an Invalid when it cannot be one. */
export type FrameLength = (b: Buffer, start: number, end: number, from: number) => number | Invalid;
/**
 * One whole frame b[start..end) as a message; offsets of an Invalid count from `start`. `awaited` is the operation whose
 * answer is due, for protocols whose answers do not say what they are.
 */
export type ParseFrame = (
  b: Buffer,
  start: number,
  end: number,
  awaited: string | undefined,
) => Message | Invalid;

interface Codec {
  readonly source: string;
  readonly frame: FrameLength;
  readonly parse_client: ParseFrame;
  readonly parse_server: ParseFrame;
  readonly frame_opening: FrameLength;
  readonly parse_opening: ParseFrame;
  readonly encode: (message: Message, writer: Writer) => void;
}

/** A description with the codec that was compiled from it. */
export class Protocol {
  readonly description: Description;
  readonly name: string;
  readonly #types: ReadonlySet<MessageType>;
  #codec: Codec | undefined;

  constructor(description: Description) {
    this.description = description;
    this.name = description.name;
    this.#types = new Set(description.packets.map((packet) => packet.type));
  }

  /** The source of the compiled codec, for the curious and for tests. */
  get source(): string {
    return this.#compiled().source;
  }

  /** Compiled for whoever says or hears the first packet: many a program only asks what the protocol can. */
  #compiled(): Codec {
    return (this.#codec ??= compile(this.description));
  }

  /** One word where a log would show the whole description. */
  [inspect.custom](): string {
    return `Protocol ${this.name}`;
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
    this.#compiled().encode(message, writer);
  }

  /**
   * Does a server greet whoever connects? `perhaps`: nothing but silence tells a client that no greeting comes, so that
   * it must not wait for one.
   */
  get greets(): 'always' | 'perhaps' | 'never' {
    const hello = this.description.packets.find(({ type }) => type === 'hello.indication');
    if (hello === undefined) return 'never';
    return hello.opening?.ends === 'next-packet' ? 'perhaps' : 'always';
  }

  /** Does a packet of this type carry `key` of its message, or is it left to its default? */
  carries(type: MessageType, key: string): boolean {
    const packet = this.description.packets.find((candidate) => candidate.type === type);
    return packet !== undefined && carriedKeys([...this.description.header, ...packet.fields]).has(key);
  }

  /** An incremental decoder for the bytes that `speaker` sends. */
  decoder(speaker: Speaker): Decoder {
    const { frame, parse_client, parse_server, frame_opening, parse_opening } = this.#compiled();
    const { packets } = this.description;
    const opening = packets.find((packet) => packet.opening !== undefined)?.opening;
    if (speaker === 'client') return new Decoder(frame, parse_client, {});
    return new Decoder(frame, parse_server, {
      ...(opening === undefined
        ? {}
        : {
            opening: {
              begins: opening.ends === 'next-packet' ? opening.begins : undefined,
              frame: frame_opening,
              parse: parse_opening,
            },
          }),
      answersInOrder: packets.some(({ when }) => when.has(AWAITED)),
    });
  }
}

function compile(description: Description): Codec {
  const constants = new Constants();
  const out = new Emitter();
  out.line("'use strict';");
  generateFrame(description, constants, out);
  generateParse(description, 'client', constants, out);
  generateParse(description, 'server', constants, out);
  generateOpeningFrame(description, constants, out);
  generateOpening(description, constants, out);
  generateEncode(description, constants, out);
  out.line('return { frame, parse_client, parse_server, frame_opening, parse_opening, encode };');
  const source = out.toString();
  // The source holds nothing of the description but integers, checked names and JSON strings (emit.ts).
  // eslint-disable-next-line @typescript-eslint/no-implied-eval, @typescript-eslint/no-unsafe-call
  const functions = new Function('k', 'r', source)(constants.values, {
    ...runtime,
    ...sentences,
  }) as Omit<Codec, 'source'>;
  return { source, ...functions };
}
