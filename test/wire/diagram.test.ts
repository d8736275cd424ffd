import { expect, test } from 'vitest';
import { diagram } from '../../src/wire/page/diagram.ts';

const drawn = (text: string): string =>
  diagram(JSON.parse(text) as never)
    .split('\n')
    .slice(2)
    .join('\n');

test('boxes are drawn to scale, across rows too', () => {
  expect(
    drawn(
      '[{"label":"magic","bytes":2},{"label":"version","bytes":1},{"label":"request","bytes":4},{"label":"k","bytes":1}]',
    ),
  ).toBe(
    [
      '+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+',
      '|             magic             |    version    |               |',
      '+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+',
      '|                    request                    |       k       |',
      '+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+',
    ].join('\n'),
  );
});

test('a number of eight bytes is one box of two rows', () => {
  expect(drawn('[{"label":"time","bytes":8}]')).toBe(
    [
      '+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+',
      '|                             time                              |',
      '+                                                               +',
      '|                                                               |',
      '+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+',
    ].join('\n'),
  );
});

test('a row that is not full ends early, and what has no size starts a row', () => {
  expect(drawn('[{"label":"more","bytes":1},{"label":"text"}]')).toBe(
    [
      '+-+-+-+-+-+-+-+-+',
      '|     more      |',
      '+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+',
      '|                                                               |',
      '/                        text (variable)                        /',
      '|                                                               |',
      '+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+',
    ].join('\n'),
  );
});
