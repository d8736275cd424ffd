import fc, { type Arbitrary } from 'fast-check';

/** What a stranger, a broken peer or a malicious one sends: a good stream with a few things done to it. */
export type Harm =
  | { readonly kind: 'flip'; readonly at: number; readonly to: number }
  | { readonly kind: 'cut'; readonly at: number; readonly count: number }
  | { readonly kind: 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly at: number };

const at = fc.nat(400);
export const harm: Arbitrary<Harm> = fc.oneof(
  fc.record({
    kind: fc.constant('flip' as const),
    at,
    to: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xff), fc.nat(255)),
  }),
  fc.record({ kind: fc.constant('cut' as const), at, count: fc.integer({ min: 1, max: 8 }) }),
  fc.record({
    kind: fc.constant('insert' as const),
    at,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
  }),
  fc.record({ kind: fc.constant('end' as const), at }),
);

export function harmed(bytes: Buffer, harms: readonly Harm[]): Buffer {
  let result = Buffer.from(bytes);
  for (const one of harms) {
    const place = result.length === 0 ? 0 : one.at % result.length;
    if (one.kind === 'flip') {
      if (result.length > 0) result[place] = one.to;
    } else if (one.kind === 'cut')
      result = Buffer.concat([result.subarray(0, place), result.subarray(place + one.count)]);
    else if (one.kind === 'insert')
      result = Buffer.concat([result.subarray(0, place), one.bytes, result.subarray(place)]);
    else result = result.subarray(0, place);
  }
  return result;
}
