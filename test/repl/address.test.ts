import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAddress, parseAddress } from '../../src/repl/index.ts';

const preset = { host: '127.0.0.1', port: 5264 };

test.each([
  ['10.0.0.1:5000', '10.0.0.1', 5000],
  ['server', 'server', 5264],
  ['server:80', 'server', 80],
  [':7000', '127.0.0.1', 7000],
  ['7000', '127.0.0.1', 7000],
  ['[::1]:5000', '::1', 5000],
  ['[fe80::1%eth0]', 'fe80::1%eth0', 5264],
  ['::1', '::1', 5264],
])('%s', (text, host, port) => {
  expect(parseAddress(text, preset)).toEqual({ host, port });
});

test.each([
  'a:',
  'a:0',
  'a:65536',
  '65536',
  '0',
  'a:x',
  '[1.2.3.4]:5',
  '[::1]5000',
  '[::1',
  'a b',
  '[::1]:',
  'a/b',
])('not an address: %s', (text) => {
  expect(() => parseAddress(text, preset)).toThrow(
    expect.objectContaining({ code: 'bad-address', fault: 'usage' }),
  );
});

test('what is written can be read again', () => {
  const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
  fc.assert(
    fc.property(fc.record({ host, port: fc.integer({ min: 1, max: 65535 }) }), (address) => {
      expect(parseAddress(formatAddress(address), preset)).toEqual(address);
    }),
  );
});
