/** Whose connections are counted together: one machine's, which has an IPv4 address or a /64 of IPv6. */
import { expect, test } from 'vitest';
import { Admission } from '../../src/net/admission.ts';

const admission = (): Admission =>
  new Admission('sesame', {
    maxPerAddress: 2,
    maxPerLoopback: Infinity,
    maxWrongTokens: 3,
    tokenMs: 10_000,
  });

const lettersOf = (door: Admission, addresses: readonly string[]): string =>
  addresses.map((address) => (door.enter(address, 0) === undefined ? 'y' : 'n')).join('');

test.each([
  ['an IPv4 address is one machine', ['10.0.0.1', '10.0.0.1', '10.0.0.1', '10.0.0.2'], 'yyny'],
  [
    'a /64 of IPv6 is one machine',
    ['2001:db8::1', '2001:db8::2', '2001:db8:0:0:ffff::3', '2001:db8:0:1::1'],
    'yyny',
  ],
  ['however it is written', ['2001:db8::', '2001:0:0:0::1', '2001::5', '2001::6', '2001:db8::7'], 'yyyny'],
  ['a link-local address counts without its interface', ['fe80::1%eth0', 'fe80::2%eth1', 'fe80::3'], 'yyn'],
  ['this machine is not bound', ['127.0.0.1', '127.0.0.1', '127.0.0.1', '::1', '::1', '::1'], 'yyyyyy'],
])('%s', (_what, addresses, letters) => {
  expect(lettersOf(admission(), addresses)).toBe(letters);
});

test('wrong tokens count for the same /64, and for a minute', () => {
  const door = admission();
  for (const last of [1, 2, 3]) expect(door.knows('guess', `2001:db8::${last}`, 0)).toBe(false);
  expect(door.enter('2001:db8::99', 59_999)).toMatchObject({ status: 'bad-token' });
  expect(door.enter('2001:db8:0:1::1', 59_999)).toBeUndefined();
  expect(door.enter('2001:db8::99', 60_000)).toBeUndefined();
});

test('a flood of addresses that guess takes no more memory than those that are remembered', () => {
  const door = admission();
  for (let i = 0; i < 3; i++) door.knows('guess', '10.1.1.1', 0);
  expect(door.enter('10.1.1.1', 1)).toMatchObject({ status: 'bad-token' });
  for (let i = 0; i < 20_000; i++) door.knows('guess', `10.2.${i >> 8}.${i & 255}`, 2);
  // The oldest made room: it may guess again, and the latest may not have been forgotten.
  expect(door.enter('10.1.1.1', 3)).toBeUndefined();
  for (let i = 0; i < 2; i++) door.knows('guess', `10.2.${19_999 >> 8}.${19_999 & 255}`, 3);
  expect(door.enter(`10.2.${19_999 >> 8}.${19_999 & 255}`, 4)).toMatchObject({ status: 'bad-token' });
});
