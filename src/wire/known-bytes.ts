import { Buffer } from 'node:buffer';
import type { Condition, Field, IntLayout, Packet } from './description.ts';

/** Bytes with which a packet begins behind its header; with `ends` they are all of it. */
interface Beginning {
  readonly bytes: Buffer;
  readonly ends: boolean;
}

/** More would be a description that nobody writes by hand. */
const MOST = 64;

/** Are there bytes behind the header with which both packets could begin, as far as their conditions say? */
export function couldBeginAlike(a: Packet, b: Packet): boolean {
  const others = beginningsOf(b);
  return beginningsOf(a).some((one) => others.some((other) => alike(one, other)));
}

function alike(a: Beginning, b: Beginning): boolean {
  const shared = Math.min(a.bytes.length, b.bytes.length);
  if (!a.bytes.subarray(0, shared).equals(b.bytes.subarray(0, shared))) return false;
  return !(a.ends && b.bytes.length > shared) && !(b.ends && a.bytes.length > shared);
}

/** Every way in which the packet can begin, as far as its first fields are known values. */
function beginningsOf({ fields, when }: Packet): Beginning[] {
  let begins: Beginning[] = [{ bytes: Buffer.alloc(0), ends: false }];
  for (const field of fields) {
    const values = valuesOf(field, when.get(field.name));
    const ways = values?.map((value) => waysOf(field, value));
    if (ways?.every((one) => one !== undefined) !== true) return begins;
    const next = begins.flatMap((begin) =>
      begin.ends
        ? [begin]
        : ways.flat().map(({ bytes, ends }) => ({ bytes: Buffer.concat([begin.bytes, bytes]), ends })),
    );
    if (next.length > MOST) return begins;
    begins = next;
    // What pads a shorter value is known as far as its first byte.
    if (field.kind === 'text' && field.extent.by === 'size') return begins;
  }
  return begins;
}

function valuesOf(
  { role }: Field,
  condition: Condition | undefined,
): readonly (number | string)[] | undefined {
  if (role.is === 'constant') return [role.value];
  return condition?.is === 'in' ? condition.values : undefined;
}

/** How a value stands in a packet; undefined where it can stand in more ways than can be told here. */
function waysOf(field: Field, value: number | string): Beginning[] | undefined {
  if (field.kind === 'int') return [{ bytes: integerBytes(Number(value), field.layout), ends: false }];
  if (field.kind !== 'text') return undefined;
  const bytes = Buffer.from(String(value), field.encoding === 'latin-1' ? 'latin1' : 'utf8');
  const { extent } = field;
  switch (extent.by) {
    case 'rest':
      return [{ bytes, ends: true }];
    case 'until': {
      const delimited = { bytes: Buffer.concat([bytes, extent.delimiter]), ends: false };
      return extent.orEnd ? [delimited, { bytes, ends: true }] : [delimited];
    }
    case 'prefix':
      return [{ bytes: Buffer.concat([integerBytes(bytes.length, extent.int), bytes]), ends: false }];
    case 'size': {
      const pad = bytes.length < extent.bytes && extent.pad !== undefined ? [extent.pad] : [];
      return [{ bytes: Buffer.concat([bytes, Buffer.from(pad)]), ends: false }];
    }
  }
}

/** A number as it stands in a packet; one that is none, which is reported elsewhere, as zero. */
export function integerBytes(value: number, { bytes, little }: IntLayout): Buffer {
  const whole = BigInt.asUintN(8 * bytes, BigInt(Number.isSafeInteger(value) ? value : 0));
  const result = Buffer.from(whole.toString(16).padStart(2 * bytes, '0'), 'hex');
  return little ? result.reverse() : result;
}
