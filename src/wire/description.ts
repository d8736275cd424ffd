import type { Text } from '../bytes/index.ts';
import type { FieldMeaning, MessageType, Speaker } from './message.ts';

/**
 * A protocol description after it was checked: every default filled in, every name looked up. Codec, page, diagram,
 * dissector and header are all made from this.
 */
export interface Description {
  readonly name: string;
  readonly title: Bilingual;
  readonly about: Bilingual;
  /** Conduct that only this protocol has. */
  readonly rules: readonly Bilingual[];
  /** The customary port; undefined where the description names none. */
  readonly port: number | undefined;
  readonly framing: Framing;
  /** How a response finds its request: by a header field, or because answers come in the order of the requests. */
  readonly correlate: { readonly by: 'field'; readonly field: string } | { readonly by: 'order' };
  readonly enums: ReadonlyMap<string, Enumeration>;
  readonly header: readonly Field[];
  readonly packets: readonly Packet[];
  readonly examples: readonly Example[];
}

/** What the description says of itself, in its author's words. */
export type Bilingual = Text;

export type Framing =
  | {
      readonly by: 'length';
      /** The header field that holds the length. */
      readonly field: string;
      /** packet length = field value + offset. */
      readonly offset: number;
      readonly headerBytes: number;
      readonly maxBytes: number;
    }
  | { readonly by: 'size'; readonly bytes: number; readonly maxBytes: number }
  | { readonly by: 'terminator'; readonly terminator: Uint8Array; readonly maxBytes: number };

export interface Enumeration {
  readonly name: string;
  readonly valueOf: ReadonlyMap<string, number>;
  readonly nameOf: ReadonlyMap<number, string>;
}

export interface IntLayout {
  /** 1 to 8. */
  readonly bytes: number;
  readonly signed: boolean;
  readonly little: boolean;
}

/** How a value of no fixed size says where it ends. */
export type Extent =
  | { readonly by: 'size'; readonly bytes: number; readonly pad: number | undefined }
  | { readonly by: 'prefix'; readonly int: IntLayout }
  /** `orEnd`: the end of what is around it will do instead of the delimiter. */
  | { readonly by: 'until'; readonly delimiter: Uint8Array; readonly orEnd: boolean }
  | { readonly by: 'rest' };

export type Encoding = 'utf-8' | 'ascii' | 'latin-1';

/** Why a field is there. */
export type Role =
  | { readonly is: 'length' }
  | { readonly is: 'request' }
  /** Always the same value, checked on receipt. */
  | { readonly is: 'constant'; readonly value: number | string }
  /** Carries a part of the message. */
  | { readonly is: 'meaning'; readonly key: string; readonly meaning: FieldMeaning }
  /** Tells packets apart; its value comes from the packet's `when`. */
  | { readonly is: 'selector' }
  /** Nobody reads it; written as zero or nothing. */
  | { readonly is: 'extra' };

interface FieldBase {
  /** Unique within its list of fields. */
  readonly name: string;
  readonly role: Role;
  readonly about: Bilingual;
}

export type TimeUnit = 's' | 'ms' | 'us';

export type Field =
  | (FieldBase & {
      readonly kind: 'int';
      readonly layout: IntLayout;
      readonly enumeration: Enumeration | undefined;
      readonly unit: TimeUnit | undefined;
      readonly swapped: boolean;
    })
  | (FieldBase & {
      readonly kind: 'decimal';
      readonly extent: Extent;
      readonly unit: TimeUnit | undefined;
      readonly swapped: boolean;
      readonly enumeration: Enumeration | undefined;
    })
  | (FieldBase & {
      readonly kind: 'text';
      readonly extent: Extent;
      readonly encoding: Encoding;
      readonly maxBytes: number;
      readonly enumeration: Enumeration | undefined;
    })
  | (FieldBase & { readonly kind: 'bytes'; readonly extent: Extent; readonly maxBytes: number })
  | (FieldBase & { readonly kind: 'ip4' | 'ip6' })
  | (FieldBase & { readonly kind: 'ip'; readonly extent: Extent; readonly maxBytes: number })
  | (FieldBase & { readonly kind: 'padding'; readonly bytes: number })
  | (FieldBase & {
      readonly kind: 'group';
      readonly repeat: { readonly by: 'count'; readonly int: IntLayout } | { readonly by: 'rest' };
      readonly fields: readonly Field[];
    })
  | (FieldBase & { readonly kind: 'block'; readonly extent: Extent; readonly fields: readonly Field[] })
  /** Items of type, length and value to the end of what is around them, in any order. */
  | (FieldBase & {
      readonly kind: 'tlv';
      readonly tag: IntLayout;
      readonly length: IntLayout;
      /** The length field holds the value's bytes plus this. */
      readonly plus: number;
      readonly strangers: 'skip' | 'refuse';
      readonly items: readonly { readonly tag: number; readonly field: Field }[];
    });

/** What a field must hold for the packet to be this one. */
export type Condition =
  | { readonly is: 'in'; readonly values: readonly (number | string)[] }
  | { readonly is: 'not in'; readonly values: readonly (number | string)[] };

export interface Packet {
  readonly type: MessageType;
  readonly speakers: readonly Speaker[];
  readonly about: Bilingual;
  readonly rules: readonly Bilingual[];
  /**
   * The first thing that the server says, without header. `packet`: it ends as packets do. `next-packet`: nothing says
   * where it ends but the beginning of a packet, which these bytes tell; it may be missing.
   */
  readonly opening:
    | { readonly ends: 'packet' }
    | { readonly ends: 'next-packet'; readonly maxBytes: number; readonly begins: readonly Uint8Array[] }
    | undefined;
  /** By the name of a header field or of a field of the packet; `awaited`: the operation whose answer is due. */
  readonly when: ReadonlyMap<string, Condition>;
  readonly fields: readonly Field[];
}

/** The name under which a condition asks for the operation of the oldest request that is not answered. */
export const AWAITED = 'awaited';

export interface Example {
  readonly type: MessageType;
  readonly about: Bilingual;
  readonly values: Readonly<Record<string, unknown>>;
  readonly bytes: Uint8Array;
}

/** Bytes that a field always takes, or undefined when that depends on its value. */
export function fixedBytes(field: Field): number | undefined {
  switch (field.kind) {
    case 'int':
      return field.layout.bytes;
    case 'ip4':
      return 4;
    case 'ip6':
      return 16;
    case 'padding':
      return field.bytes;
    case 'decimal':
    case 'text':
    case 'bytes':
    case 'ip':
    case 'block':
      return field.extent.by === 'size' ? field.extent.bytes : undefined;
    case 'group':
    case 'tlv':
      return undefined;
  }
}

/** Does the field go on to the end of what is around it? */
export const takesRest = (field: Field): boolean =>
  field.kind === 'tlv' ||
  (field.kind === 'group' && field.repeat.by === 'rest') ||
  ('extent' in field && field.extent.by === 'rest');

/** Bytes that a field takes at least. */
export function leastBytes(field: Field): number {
  const fixed = fixedBytes(field);
  if (fixed !== undefined) return fixed;
  if (field.kind === 'group') return field.repeat.by === 'count' ? field.repeat.int.bytes : 0;
  if (!('extent' in field)) return 0;
  if (field.extent.by === 'prefix') return field.extent.int.bytes;
  return field.extent.by === 'until' && !field.extent.orEnd ? field.extent.delimiter.length : 0;
}
