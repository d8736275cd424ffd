import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compileProtocol } from '../../src/wire/index.ts';
import { expectBothLanguages } from '../helpers/both-languages.ts';

/** A small description that is right; each case changes one thing in it. Lines are counted from 1. */
const RIGHT = `protocol: tiny
framing: { by: length, field: length, counts: payload, max: 200 }
correlate: request
enums:
  type: { time: 1, send: 2, deliver: 3 }
header:
  - { name: type, type: u8, enum: type }
  - { name: kind, type: u8 }
  - { name: request, type: u16 }
  - { name: length, type: u8 }
packets:
  time.request:
    from: client
    when: { type: time, kind: 0 }
  time.response:
    from: server
    when: { type: time, kind: 1 }
    fields:
      - { name: time, type: u64, unit: s }
  send.request:
    from: client
    when: { type: send, kind: 0 }
    fields:
      - { name: to, type: u32 }
      - { name: text, type: text, size: rest }
`;

function problemsOf(text: string): string[] {
  try {
    compileProtocol(text, 'tiny.yaml');
    return [];
  } catch (error) {
    expectBothLanguages(error);
    expect(error.fault).toBe('usage');
    return error.message.split('\n');
  }
}

test('the description is right as it stands', () => {
  expect(problemsOf(RIGHT)).toEqual([]);
});

describe('a contradiction or ambiguity is an error with its line and column', () => {
  test.each<[string, string, string, string[]]>([
    [
      'a length too narrow for its limit',
      'max: 200',
      'max: 2000',
      ['tiny.yaml:2:56: length reaches 255, so no packet is longer than 260 bytes; max says 2000'],
    ],
    [
      'two packets that nothing tells apart',
      'when: { type: send, kind: 0 }',
      'when: { kind: 0 }',
      [
        'tiny.yaml:20:3: cannot be told from time.request: some packet of the client fits both. Both need a field at the same place, with different values in when',
      ],
    ],
    [
      'a field behind one that takes the rest',
      '      - { name: text, type: text, size: rest }',
      '      - { name: text, type: text, size: rest }\n      - { name: more, type: u8 }',
      ['tiny.yaml:26:9: more stands behind text, which takes the rest'],
    ],
    [
      'a name that no enum has',
      'when: { type: send',
      'when: { type: sent',
      ['tiny.yaml:22:13: type has no sent; it has time, send, deliver'],
    ],
    [
      'a condition on no field',
      'when: { type: send',
      'when: { tipe: send',
      ['tiny.yaml:22:13: neither the header nor the packet has a field tipe'],
    ],
    [
      'a length that is nowhere',
      'field: length',
      'field: size',
      ['tiny.yaml:2:24: the header has no field size'],
    ],
    [
      'a time without a unit',
      ', unit: s',
      '',
      ['tiny.yaml:19:9: time is a time and needs unit: s, ms or us'],
    ],
    [
      'a packet without what it must say',
      '{ name: time, type: u64, unit: s }',
      '{ name: clock, type: u64 }',
      ['tiny.yaml:15:3: time.response has no field that carries time'],
    ],
    [
      'a request said by the wrong side',
      'from: client\n    when: { type: time',
      'from: server\n    when: { type: time',
      ['tiny.yaml:13:5: time.request is said by the client only'],
    ],
    [
      'two fields of one name',
      '{ name: kind, type: u8 }',
      '{ name: type, type: u8 }',
      [
        'tiny.yaml:8:5: there are two fields type',
        'tiny.yaml:14:25: neither the header nor the packet has a field kind',
        'tiny.yaml:17:25: neither the header nor the packet has a field kind',
        'tiny.yaml:22:25: neither the header nor the packet has a field kind',
      ],
    ],
    [
      'a request without its answer',
      '  time.response:\n    from: server\n    when: { type: time, kind: 1 }\n    fields:\n      - { name: time, type: u64, unit: s }\n',
      '',
      ['tiny.yaml:12:3: time.request has no time.response'],
    ],
  ])('%s', (_, from, to, expected) => {
    expect(RIGHT).toContain(from);
    expect(problemsOf(RIGHT.replace(from, to))).toEqual(expected);
  });

  // What a beginner writes, and what must stand in the answer.
  test.each<[string, string, string, string[]]>([
    [
      'a key left out',
      'correlate: request\n',
      '',
      ['tiny.yaml:1:1: correlate is missing: the header field with the request number, or order'],
    ],
    [
      'another value',
      'counts: payload',
      'counts: body',
      ['tiny.yaml:2:39: counts wants payload or packet, not "body"'],
    ],
    [
      'a key with a slip',
      'correlate: request',
      'correlat: request',
      [
        'tiny.yaml:1:1: correlate is missing: the header field with the request number, or order',
        'tiny.yaml:1:1: there is no key correlat here; is it correlate?',
      ],
    ],
    [
      'a key that belongs elsewhere',
      'correlate: request',
      'name: mine\ncorrelate: request',
      ['tiny.yaml:1:1: there is no key name here'],
    ],
    [
      'a word where keys belong',
      'framing: { by: length, field: length, counts: payload, max: 200 }',
      'framing: length',
      [
        'tiny.yaml:2:1: framing: say by: length, by: size or by: terminator, each with what it needs (section 1 of the guide)',
      ],
    ],
    [
      'a type of C',
      'type: u16',
      'type: uint16',
      [
        'tiny.yaml:9:22: type: an integer type is u or i, 8 to 64 bits, and le or be where it needs them: u8, u16, i32, u32le',
      ],
    ],
    [
      'a constant wider than its field',
      '{ name: kind, type: u8 }',
      '{ name: kind, type: u8, value: 300 }',
      ['tiny.yaml:8:29: kind holds 0 to 255, not 300'],
    ],
    ['a value of an enum wider than the field', 'deliver: 3', 'deliver: 300 }\n  other: { x: 1', []],
    [
      'the same, where a packet has it',
      'time: 1,',
      'time: 256,',
      ['tiny.yaml:14:13: type holds 0 to 255, not 256', 'tiny.yaml:17:13: type holds 0 to 255, not 256'],
    ],
    [
      'an enum that is not there, said once',
      'enum: type',
      'enum: kind',
      ['tiny.yaml:7:29: there is no enum kind; there are type'],
    ],
  ])('%s', (_, from, to, expected) => {
    expect(RIGHT).toContain(from);
    expect(problemsOf(RIGHT.replace(from, to))).toEqual(expected);
  });

  // YAML itself: the place is the parser's, the hint is ours.
  test.each([
    ['a full-width colon', 'protocol: tiny', 'protocol：tiny', /^Line 1 has ：, a full-width character/],
    [
      'a brace that stays open',
      '{ name: kind, type: u8 }',
      '{ name: kind, type: u8',
      /^Line 8 opens a \{ or \[/,
    ],
    ['a tab', '  time.request:', '\ttime.request:', /^Indent with spaces/],
  ])('%s has a hint', (_, from, to, hint) => {
    expect(RIGHT).toContain(from);
    expect(() => compileProtocol(RIGHT.replace(from, to), 'tiny.yaml')).toThrow(
      expect.objectContaining({ code: 'bad-yaml', hint: expect.stringMatching(hint) as string }),
    );
  });

  test.each([
    [
      'an unknown operation',
      RIGHT.replace('  send.request:', '  send.reqest:'),
      /^tiny\.yaml:20:3: send\.reqest is no operation and kind: is it send\.request, \S+ or \S+\? .*section 3$/,
    ],
    ['not YAML', 'protocol: [', /^tiny\.yaml:\d+:\d+: /],
    ['an alias', 'protocol: &a tiny\ntitle: *a', /^tiny\.yaml/],
    ['nesting without end', `protocol: ${'['.repeat(100)}`, /^tiny\.yaml/],
    ['more text than anybody writes', `#${'x'.repeat(300_000)}`, /at most 262144/],
    [
      'a group that repeats what takes no bytes',
      RIGHT.replace(
        '{ name: text, type: text, size: rest }',
        '{ name: text, type: text, prefix: u8 }\n      - { name: g, type: group, repeat: { count: u32 }, fields: [{ name: h, type: group, repeat: rest, fields: [{ name: i, type: u8 }] }] }',
      ),
      /takes the rest, so the group cannot repeat/,
    ],
  ])('%s is refused', (_, text, pattern) => {
    expect(problemsOf(text).join('\n')).toMatch(pattern);
  });
});

test('code that generated functions hold comes through no description', () => {
  const evil = RIGHT.replace('size: rest', 'until: "\\"); process.exit(1); (\\"", max: 5').replace(
    'until: "\\"); process.exit(1); (\\""',
    'until: "\\");x("',
  );
  const { source } = compileProtocol(evil, 'evil.yaml');
  expect(source).not.toContain('");x("');
});

test('in Chinese, with the place, the facts and the next step', () => {
  const text = RIGHT.replace('max: 200', 'max: 2000').replace('send: 2', 'send: 1');
  try {
    compileProtocol(text, 'tiny.yaml');
  } catch (error) {
    expectBothLanguages(error);
    expect(error.words.message.zh.split('\n')).toEqual([
      'tiny.yaml:2:56: length 最大为 255，因此分组最长 260 字节；而 max 是 2000',
      'tiny.yaml:5:20: send 与 time 的值都是 1',
    ]);
    return;
  }
  expect.unreachable();
});

test('no sentence of the schema is in English alone', () => {
  // zod hands on plain strings, which no type can hold to this.
  const source = readFileSync(new URL('../../src/wire/schema.ts', import.meta.url), 'utf8');
  expect(source).toContain('error: say(');
  expect(source.match(/error: ?['"`].*|\.(?:regex|refine)\([^()]*, ['"`].*/g)).toBeNull();
});

test('the schema names the file that editors look for', () => {
  const schema = JSON.parse(
    readFileSync(new URL('../../protocols/schema.json', import.meta.url), 'utf8'),
  ) as { properties: object };
  expect(Object.keys(schema.properties)).toEqual(
    expect.arrayContaining(['protocol', 'framing', 'header', 'packets']),
  );
});
