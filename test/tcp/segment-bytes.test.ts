/** A segment written as bytes is the JSON of its values, whatever they are. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkPool, JsonBytes } from '../../src/tcp/json-bytes.ts';
import { writeSegment } from '../../src/tcp/segment-bytes.ts';
import { Segment } from '../../src/tcp/segment.ts';
import { segmentJson } from '../../src/tcp/trace-json.ts';

const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffffffff);
const orAbsent = (value: fc.Arbitrary<number>): fc.Arbitrary<number> => fc.oneof(fc.constant(-1), value);
const values = fc.record({
  frame: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  atNs: fc.maxSafeInteger(),
  side: fc.constantFrom(0 as const, 1 as const),
  flags: fc.nat(0x1ff),
  seq: u32,
  ack: u32,
  relSeq: u32,
  relAck: orAbsent(u32),
  window: u16,
  windowBytes: orAbsent(fc.nat(0xffff << 14)),
  mss: orAbsent(u16),
  windowShift: orAbsent(fc.nat(14)),
  sackPermitted: fc.boolean(),
  tsVal: orAbsent(u32),
  tsEcr: orAbsent(u32),
  sack: fc.array(fc.tuple(u32, u32), { maxLength: 4 }).map((pairs) => pairs.flat()),
  payloadLength: u16,
  newBytes: u16,
  repeats: fc.nat(1e9),
  notes: fc.oneof(fc.constant(0), fc.nat(0x7fff)),
  duplicateNumber: u16,
  duplicateOf: u32,
  ends: fc.tuple(fc.nat(10), fc.nat(2), fc.nat(10), fc.nat(2)),
  data: fc.uint8Array({ maxLength: 60 }),
});

test('any segments, one after the other', () => {
  fc.assert(
    fc.property(fc.array(values, { minLength: 1, maxLength: 30 }), (list) => {
      const out = new JsonBytes(new ChunkPool());
      const expected = list.map(({ ends: [s0, c0, s1, c1], data, ...numbers }) => {
        const ends = s0 | (c0 << 4) | ((s1 | (c1 << 4)) << 8);
        const segment = Object.assign(new Segment(), numbers, { ends, data, payloadCaptured: data.length });
        writeSegment(out, segment);
        return JSON.stringify(segmentJson(segment));
      });
      const parts: Buffer[] = [];
      out.drain((bytes) => parts.push(Buffer.from(bytes)));
      expect(Buffer.concat(parts).toString()).toBe(expected.join(''));
    }),
  );
});
