import { expect, test } from 'vitest';
import { readClientScript, shows } from '../../src/grade/clients/script.ts';

const values = {
  host: '10.0.0.1',
  port: '5000',
  time: '01:02:03',
  name: 'a.b',
  peer: 'ann',
  'peer-port': '7',
};
const TIME = 'time: [{ send: t }, { expect: "{time}" }]\n';
const reasonOf = (yaml: string): string => {
  try {
    readClientScript(yaml, 'menu.yaml');
    return 'accepted';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

test('a script that asks for the time is one', () => {
  expect(readClientScript(TIME, 'menu.yaml').time).toEqual([{ send: 't' }, { expect: '{time}' }]);
});

test.each([
  ['no time', 'quit: [{ send: q }]', 'time'],
  ['an answer that anybody knows', 'time: [{ send: t }, { expect: time }]', '{time}'],
  ['an unknown variable', `${TIME}lost: "{tiem}"`, '{peer-port}'],
  ['no regular expression', `${TIME}lost: /(/`, 'no regular expression'],
  ['a pattern that is too long', `${TIME}lost: ${'x'.repeat(201)}`, '200'],
  ['a pause', `${TIME}quit: [{ wait: 5 }]`, 'quit'],
  ['no YAML', 'time: [', 'menu.yaml'],
])('%s is refused, and the place is named', (_what, yaml, word) => {
  expect(reasonOf(yaml)).toContain(word);
});

test('a text is looked for as it stands, also in a regular expression', () => {
  expect(shows('host a.b\n', 'host {name}', values)).toBe(true);
  expect(shows('x\nhost axb\n', '/^host {name}$/', values)).toBe(false);
  expect(shows('x\nhost a.b\n', '/^host {name}$/', values)).toBe(true);
});

test('only the end of a long output is looked at', () => {
  expect(shows(`needle${'.'.repeat(8_192)}`, 'needle', values)).toBe(false);
});

test('a pattern that takes for ever on this output does not match, and ends', () => {
  expect(shows(`${'a'.repeat(8_000)}!`, '/(a+)+$/', values)).toBe(false);
});
