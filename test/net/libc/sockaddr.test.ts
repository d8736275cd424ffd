import { BlockList, isIPv6, SocketAddress } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packSockaddr, parseSockaddr } from '../../../src/net/libc/sockaddr.ts';

test('an address becomes the bytes of ip(7) and ipv6(7)', () => {
  // AF_INET in the machine's order, port 5000 = 0x1388 in network order, then the address.
  expect(packSockaddr({ address: '10.77.0.1', port: 5000 }).toString('hex')).toBe(
    '02001388' + '0a4d0001' + '0000000000000000',
  );
  expect(packSockaddr({ address: '2001:db8::1', port: 443 }).toString('hex')).toBe(
    '0a0001bb' + '00000000' + '20010db8000000000000000000000001' + '00000000',
  );
  expect(packSockaddr({ address: 'fe80::1%7', port: 1 }).readUInt32LE(24)).toBe(7);
});

test('what was packed is read again, and Node calls both the same address', () => {
  const port = fc.integer({ min: 0, max: 65_535 });
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), port, (address, port) => {
      const packed = packSockaddr({ address, port });
      const read = parseSockaddr(packed, packed.length);
      expect(read?.port).toBe(port);
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      const list = new BlockList();
      list.addAddress(new SocketAddress({ address, family }));
      expect(list.check(read?.address ?? '', family)).toBe(true);
    }),
  );
});

test.each([
  ['localhost', 1],
  ['1.2.3', 1],
  ['', 1],
  ['1.2.3.4', -1],
  ['1.2.3.4', 65_536],
  ['1.2.3.4', 1.5],
  ['fe80::1%eth0', 1],
])('%s port %s is refused', (address, port) => {
  expect(() => packSockaddr({ address, port })).toThrow(
    expect.objectContaining({ code: 'bad-address', fault: 'usage' }),
  );
});

test('what the kernel cut short, or another family, is no address', () => {
  const packed = packSockaddr({ address: '1.2.3.4', port: 1 });
  for (let length = 0; length < packed.length; length++)
    expect(parseSockaddr(packed, length)).toBeUndefined();
  expect(parseSockaddr(Buffer.from([1, 0, 0x2f, 0x78]), 4)).toBeUndefined();
});
