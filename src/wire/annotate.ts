import type { Buffer } from 'node:buffer';
import { text } from '../bytes/index.ts';
import {
  AWAITED,
  type Condition,
  type Description,
  type Field,
  fixedBytes,
  type Packet,
} from './description.ts';
import {
  AttemptFailed,
  FieldReader,
  type FieldSpan,
  fits,
  isExact,
  type Read,
  Refusal,
} from './field-reader.ts';
import { Invalid } from './invalid.ts';
import { type Message, type MessageType, operationOf, type Speaker, VOCABULARY } from './message.ts';
import type { Protocol } from './protocol.ts';
import * as say from './sentences.ts';

/** One packet, and what each of its bytes is. */
export interface Annotated {
  readonly message: Message | Invalid;
  /** In the order of the bytes; the first encloses the packet. With an Invalid: as far as reading came. */
  readonly spans: readonly FieldSpan[];
}

/**
 * Reads the packet at the beginning of `bytes` and names its fields, for `hexdump` and for whoever explains bytes.
 *
 * This is the description interpreted, step by step and independent of the generated codec, which it must agree with:
 * the tests hold the two against each other. A packet that is not whole is an Invalid `cut`.
 */
export function annotate(
  protocol: Pick<Protocol, 'description'>,
  speaker: Speaker,
  bytes: Buffer,
  state: StreamState = {},
): Annotated {
  const { description } = protocol;
  const reader = new FieldReader(bytes);
  try {
    const opening = description.packets.find((packet) => packet.opening !== undefined);
    const greeting = state.first === true && speaker === 'server' ? opening : undefined;
    const end =
      greeting === undefined ? frameEnd(description, bytes) : openingEnd(description, greeting, bytes);
    const { message, type } =
      greeting === undefined || end.frame === 0
        ? readPacket(
            description,
            speaker,
            reader,
            end.frame === 0 ? frameEnd(description, bytes) : end,
            state,
          )
        : readOpening(greeting, reader, end);
    const length = Math.max(0, ...reader.spans.map((span) => span.offset + span.length));
    const whole: FieldSpan = { offset: 0, length: Math.max(end.frame, length), label: type, path: '' };
    return { message, spans: [whole, ...reader.spans] };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { message: error.invalid, spans: reader.spans };
  }
}

/** What the place of a packet in its stream says about it, where the packet itself does not. */
export interface StreamState {
  /** It is the first thing that this side says. */
  readonly first?: boolean;
  /** The operation of the oldest request that it has not answered. */
  readonly awaited?: string;
}

/** The state in which a packet of this type came, for whoever knows its type from a decoder. */
export function stateOf(type: MessageType): StreamState {
  if (type === 'hello.indication') return { first: true };
  return type.endsWith('.response') ? { awaited: operationOf(type) } : {};
}

/** An opening ends as packets do, or in front of the first bytes that begin a packet. */
function openingEnd(description: Description, { opening }: Packet, bytes: Buffer): Ends {
  if (opening?.ends !== 'next-packet') return frameEnd(description, bytes);
  const startsLike = (begin: Uint8Array): boolean =>
    bytes.equals(begin.subarray(0, bytes.length)) && bytes.length < begin.length;
  // Nothing, or the beginning of a packet: no greeting.
  if (opening.begins.some(startsLike)) return { fields: 0, frame: 0 };
  const most = Math.min(bytes.length, opening.maxBytes);
  let end = most;
  for (let at = 0; at < most; at++) {
    const behind = bytes.subarray(at);
    if (opening.begins.some((begin) => behind.subarray(0, begin.length).equals(begin))) {
      end = at;
      break;
    }
  }
  return { fields: end, frame: end };
}

function readOpening(packet: Packet, reader: FieldReader, ends: Ends): { message: Message; type: string } {
  const read = reader.fields(packet.fields, ends.fields, { path: '', inHeader: false });
  if (reader.at !== ends.fields)
    throw new Refusal(say.bytesLeft(reader.at, ends.fields - reader.at, packet.type));
  noteEnd(reader, ends, 'end of packet');
  return { message: messageOf(packet, { named: new Map(), meant: new Map() }, read), type: packet.type };
}

function noteEnd(reader: FieldReader, ends: Ends, label: string): void {
  reader.note({ offset: reader.at, length: ends.frame - reader.at, label, path: label });
}

interface Ends {
  /** Behind the last field. */
  readonly fields: number;
  /** Behind the packet. */
  readonly frame: number;
}

function frameEnd({ framing, header }: Description, bytes: Buffer): Ends {
  const cut = (): never => {
    throw new Refusal(
      new Invalid(
        'cut',
        bytes.length,
        text(
          `the connection ended after ${bytes.length} bytes of a packet`,
          `分组只收到 ${bytes.length} 字节，连接就结束了`,
        ),
      ),
    );
  };
  switch (framing.by) {
    case 'size':
      if (bytes.length < framing.bytes) cut();
      return { fields: framing.bytes, frame: framing.bytes };
    case 'terminator': {
      const at = bytes.indexOf(framing.terminator);
      const frame = at < 0 ? bytes.length + 1 : at + framing.terminator.length;
      if (frame > framing.maxBytes) throw new Refusal(say.noEnd(framing.maxBytes));
      if (at < 0) cut();
      return { fields: at, frame };
    }
    case 'length': {
      const reader = new FieldReader(bytes);
      for (const { field, at, end } of placesOf(header)) {
        if (field.role.is !== 'constant' || field.kind !== 'int' || end > bytes.length) continue;
        const value = reader.integer(at, field.layout);
        if (value !== BigInt(field.role.value))
          throw new Refusal(say.constantDiffers(at, field.name, Number(value), field.role.value));
      }
      if (bytes.length < framing.headerBytes) cut();
      const length = placesOf(header).find(({ field }) => field.name === framing.field);
      if (length?.field.kind !== 'int') return cut();
      const value = reader.integer(length.at, length.field.layout);
      if (!isExact(value)) throw new Refusal(say.beyondNumbers('length', length.at, framing.field));
      const claimed = Number(value) + framing.offset;
      if (claimed < framing.headerBytes)
        throw new Refusal(say.lengthTooSmall(length.at, framing.field, claimed, framing.headerBytes));
      if (claimed > framing.maxBytes)
        throw new Refusal(say.lengthTooLarge(length.at, framing.field, claimed, framing.maxBytes));
      if (claimed > bytes.length) cut();
      return { fields: claimed, frame: claimed };
    }
  }
}

/** Where each field of a header of fixed size stands. */
function placesOf(header: readonly Field[]): { field: Field; at: number; end: number }[] {
  let at = 0;
  return header.map((field) => {
    const start = at;
    at += fixedBytes(field) ?? 0;
    return { field, at: start, end: at };
  });
}

function readPacket(
  description: Description,
  speaker: Speaker,
  reader: FieldReader,
  ends: Ends,
  { awaited }: StreamState,
): { message: Message; type: string } {
  const { header, framing } = description;
  const packets = description.packets.filter(
    ({ speakers, opening }) => speakers.includes(speaker) && opening === undefined,
  );
  const read = reader.fields(header, ends.fields, { path: '', inHeader: true });
  const behindHeader = reader.at;
  const spansOfHeader = reader.spans.length;
  let refusal: Refusal | undefined;
  for (const packet of packets) {
    const [inHeader, later] = splitConditions(packet, header);
    const known = (name: string): number | string | undefined =>
      name === AWAITED ? awaited : read.named.get(name);
    if (![...inHeader].every(([name, condition]) => fits(known(name), condition))) continue;
    reader.at = behindHeader;
    reader.spans.length = spansOfHeader;
    try {
      const own = reader.fields(packet.fields, ends.fields, { path: '', inHeader: false, conditions: later });
      if (framing.by !== 'size' && reader.at !== ends.fields)
        throw new Refusal(say.bytesLeft(reader.at, ends.fields - reader.at, packet.type));
      noteEnd(reader, ends, framing.by === 'size' ? 'unused' : 'end of packet');
      return { message: messageOf(packet, read, own), type: packet.type };
    } catch (error) {
      if (error instanceof AttemptFailed) continue;
      if (!(error instanceof Refusal) || !error.inAttempt) throw error;
      refusal ??= error;
    }
  }
  reader.spans.length = spansOfHeader;
  const selectors = header.flatMap((field) => {
    const value = read.named.get(field.name);
    return value === undefined ? [] : [field.name, value];
  });
  if (packets.some(({ when }) => when.has(AWAITED))) selectors.push(AWAITED, awaited ?? 'nothing');
  throw refusal ?? new Refusal(say.unknownPacket(selectorOffset(header), speaker, selectors));
}

function splitConditions(
  packet: Packet,
  header: readonly Field[],
): [ReadonlyMap<string, Condition>, Map<string, Condition>] {
  const known = new Set([AWAITED, ...header.map(({ name }) => name)]);
  const entries = [...packet.when];
  return [
    new Map(entries.filter(([name]) => known.has(name))),
    new Map(entries.filter(([name]) => !known.has(name))),
  ];
}

function messageOf(packet: Packet, header: Read, own: Read): Message {
  const message: Record<string, unknown> = { type: packet.type, request: header.request ?? 0 };
  for (const [key, { absent }] of Object.entries(VOCABULARY[packet.type].fields)) {
    message[key] = (own.meant.get(key) ?? header.meant.get(key))?.() ?? absent;
  }
  return message as unknown as Message;
}

function selectorOffset(header: readonly Field[]): number {
  let at = 0;
  for (const field of header) {
    const size = fixedBytes(field);
    if (field.role.is === 'selector') return at;
    if (size === undefined) break;
    at += size;
  }
  return 0;
}
