import fc, { type Arbitrary } from 'fast-check';
import { expect, test } from 'vitest';
import { KitError } from '../../src/bytes/index.ts';
import {
  annotate,
  compileProtocol,
  type Message,
  type Protocol,
  type Speaker,
} from '../../src/wire/index.ts';
import { messagesOf } from './arbitraries.ts';
import { harm, harmed } from './harm.ts';
import { byteByByte, cutAt, decodeChunks, decodeWhole, encodeAll } from './stream.ts';

/**
 * Descriptions as students might write them, at random: every framing, order, width and extent. What a description of
 * ours shows for one protocol must hold for all that are accepted.
 */

type Raw = Record<string, unknown>;

const bits = fc.constantFrom(8, 16, 24, 32, 40, 48, 56, 64);
const order = fc.constantFrom('', 'le', 'be');
const intType = fc
  .tuple(fc.constantFrom('u', 'i'), bits, order)
  .map(([sign, width, o]) => `${sign}${width}${o}`);
const unsignedType = fc.tuple(bits, order).map(([width, o]) => `u${width}${o}`);
const mark = fc.constantFrom(',', ';', ' ', '\t', '::', '\r\n', 'aab');

const size = fc.integer({ min: 12, max: 40 });
const extent: Arbitrary<Raw> = fc.oneof(
  fc.record({ size, pad: fc.constantFrom('nul', 'space') }),
  fc.record({ prefix: unsignedType }),
  fc.record({ until: mark }),
);

const number = (name: string): Arbitrary<Raw> =>
  fc.oneof(
    intType.map((type) => ({ name, type })),
    extent.map((rest) => ({ name, type: 'decimal', ...rest })),
  );
const text = (name: string): Arbitrary<Raw> =>
  fc
    .tuple(extent, fc.constantFrom('utf-8', 'ascii', 'latin-1'))
    .map(([rest, encoding]) => ({ name, type: 'text', max: 60, encoding, ...rest }));
const address = (name: string): Arbitrary<Raw> =>
  fc.oneof(
    fc.constantFrom('ip4', 'ip6').map((type) => ({ name, type })),
    fc
      .constantFrom<Raw>({ prefix: 'u8' }, { until: ',' }, { size: 46, pad: 'nul' })
      .map((rest) => ({ name, type: 'ip', ...rest })),
  );
const time = fc
  .tuple(fc.constantFrom('u64', 'i64le', 'u48', 'u40be'), fc.constantFrom('s', 'ms', 'us'))
  .map(([type, unit]): Raw => ({ name: 'time', type, unit }));
const filler: Arbitrary<Raw> = fc.constantFrom<Raw>(
  { type: 'padding', size: 3 },
  { name: 'spare', type: 'u16' },
  { name: 'blob', type: 'bytes', prefix: 'u8' },
);

/** Fields in some order, perhaps with something in between that nobody reads. */
const shuffled = (fields: readonly Arbitrary<Raw>[]): Arbitrary<Raw[]> =>
  fc.tuple(fc.tuple(...fields), fc.option(filler, { nil: undefined })).chain(([list, extra]) =>
    fc.shuffledSubarray(extra === undefined ? list : [...list, extra], {
      minLength: list.length + (extra === undefined ? 0 : 1),
    }),
  );

const tlv = (fields: Raw[]): Arbitrary<Raw[]> =>
  fc
    .record({
      tags: fc.constantFrom('u8', 'u16', 'u32le'),
      lengths: fc.constantFrom('u8', 'u16', 'u24le'),
      plus: fc.constantFrom(0, 2, -1),
      strangers: fc.constantFrom('skip', 'refuse'),
    })
    .map((rest) => [
      {
        name: 'items',
        type: 'tlv',
        ...rest,
        fields: fields.map((field, index) => ({ tag: index + 1, ...field })),
      },
    ]);

const payload = (fields: readonly Arbitrary<Raw>[]): Arbitrary<Raw[]> =>
  shuffled(fields).chain((list) =>
    fc.oneof(
      { weight: 3, arbitrary: fc.constant(list) },
      { weight: 1, arbitrary: tlv(list.filter((field) => 'name' in field)) },
    ),
  );

const entries = fc
  .tuple(
    shuffled([number('id'), address('address'), number('port'), text('name')]),
    fc.constantFrom<unknown>('rest', { count: 'u8' }, { count: 'u32le' }),
  )
  .map(([fields, repeat]): Raw => ({ name: 'clients', type: 'group', repeat, fields }));

const framing = fc.oneof(
  fc.record({
    by: fc.constant('length'),
    field: fc.constant('length'),
    counts: fc.constantFrom('payload', 'packet'),
    plus: fc.constantFrom(0, 1, 7),
    max: fc.constant(60_000),
  }),
  fc.record({ by: fc.constant('size'), bytes: fc.constant(900) }),
  fc.record({
    by: fc.constant('terminator'),
    bytes: fc.constantFrom('\n', '\r\n', '$$'),
    max: fc.constant(2000),
  }),
);

const description: Arbitrary<Raw> = fc
  .record({
    framing,
    byteOrder: fc.constantFrom('big', 'little'),
    numbered: fc.boolean(),
    magic: fc.boolean(),
    selector: intType,
    length: fc.constantFrom('u16', 'u32', 'u32le', 'u24be', 'i64'),
    front: fc.boolean(),
    timeFields: payload([time]),
    sendFields: payload([number('to'), text('text')]),
    deliverFields: payload([number('from'), address('fromAddress'), text('text')]),
    listFields: entries,
  })
  .map((p): Raw => {
    const header: Raw[] = [{ name: 'op', type: p.selector }];
    if (p.numbered) header.push({ name: 'request', type: 'u32' });
    if (p.framing.by === 'length') header[p.front ? 'unshift' : 'push']({ name: 'length', type: p.length });
    if (p.magic) header.unshift({ name: 'magic', type: 'u16', value: 0xabcd });
    // A list of no fixed number of entries cannot stand in front of zeros.
    const list =
      p.framing.by === 'size' && p.listFields['repeat'] === 'rest'
        ? { ...p.listFields, repeat: { count: 'u16' } }
        : p.listFields;
    return {
      protocol: 'random',
      framing: p.framing,
      byteOrder: p.byteOrder,
      correlate: p.numbered ? 'request' : 'order',
      header,
      packets: {
        'time.request': { from: 'client', when: { op: 1 } },
        'time.response': { from: 'server', when: { op: 1 }, fields: p.timeFields },
        'list.request': { from: 'client', when: { op: [2, 3] } },
        'list.response': { from: 'server', when: { op: 2 }, fields: [list] },
        'send.request': { from: 'client', when: { op: 5 }, fields: p.sendFields },
        'deliver.indication': { from: 'server', when: { op: { not: [1, 2] } }, fields: p.deliverFields },
      },
    };
  });

function compiled(raw: Raw): Protocol | undefined {
  try {
    return compileProtocol(JSON.stringify(raw), 'random.yaml');
  } catch (error) {
    if (error instanceof KitError && error.code === 'bad-description') return undefined;
    throw error;
  }
}

/** The bytes of a message, or undefined when the protocol has no room for it. */
function encoded(protocol: Protocol, message: Message): Buffer | undefined {
  try {
    return encodeAll(protocol, [message]);
  } catch (error) {
    if (error instanceof KitError && error.fault === 'usage') return undefined;
    throw error;
  }
}

interface Case {
  readonly protocol: Protocol;
  readonly speaker: Speaker;
  readonly message: Message;
}

const scene: Arbitrary<Case | undefined> = description.chain((raw) => {
  const protocol = compiled(raw);
  if (protocol === undefined) return fc.constant(undefined);
  return fc
    .constantFrom<Speaker>('client', 'server')
    .chain((speaker) =>
      messagesOf(protocol.description, speaker).map((message) => ({ protocol, speaker, message })),
    );
});

/** Codec and interpreter say the same, whole and in pieces; nothing throws, nothing runs on. */
function holds({ protocol, speaker }: Case, bytes: Buffer, places: readonly number[]): void {
  const whole = decodeWhole(protocol, speaker, bytes);
  for (const chunks of [byteByByte(bytes.subarray(0, 200)), cutAt(bytes, places)]) {
    const total = Buffer.concat(chunks);
    const result = decodeChunks(protocol, speaker, chunks);
    if (total.length === bytes.length) expect(result.heard).toEqual(whole.heard);
    expect(result.mostPending).toBeLessThanOrEqual(protocol.description.framing.maxBytes);
  }
  const first = whole.heard[0]?.answer ?? whole.end;
  if (first !== undefined) expect(annotate(protocol, speaker, bytes).message).toEqual(first);
}

test('most descriptions are accepted, so that what follows says something', () => {
  const accepted = fc.sample(description, 200).filter((raw) => compiled(raw) !== undefined);
  expect(accepted.length).toBeGreaterThan(120);
});

test('any description: what is decoded is what was encoded', () => {
  let compared = 0;
  fc.assert(
    fc.property(scene, (one) => {
      const bytes = one && encoded(one.protocol, one.message);
      if (one === undefined || bytes === undefined) return;
      const { heard, end } = decodeWhole(one.protocol, one.speaker, bytes);
      expect(heard).toEqual([{ answer: one.message, offset: 0, length: bytes.length }]);
      expect(end).toBeUndefined();
      expect(annotate(one.protocol, one.speaker, bytes).message).toEqual(one.message);
      compared++;
    }),
    { numRuns: 1000 },
  );
  expect(compared).toBeGreaterThan(300);
});

test('any description, any bytes: never throws, never loops, never keeps more than a packet', () => {
  const places = fc.array(fc.nat(300), { maxLength: 8 });
  fc.assert(
    fc.property(
      scene,
      fc.array(harm, { minLength: 1, maxLength: 4 }),
      fc.uint8Array({ maxLength: 300 }),
      places,
      (one, harms, random, cuts) => {
        if (one === undefined) return;
        holds(one, Buffer.from(random), cuts);
        const bytes = encoded(one.protocol, one.message);
        if (bytes !== undefined) holds(one, harmed(bytes, harms), cuts);
      },
    ),
    { numRuns: 700 },
  );
});
