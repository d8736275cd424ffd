import { english, KitError } from '../bytes/index.ts';

/** An IPv4 network: `address(n)` is its n-th host address. */
export type Subnet = { prefix: number; text: string; capacity: number; address: (n: number) => string };

/** Reads `10.77.12.0/24`; /8 to /30. Throws `bad-subnet` (usage). */
export function parseSubnet(text: string): Subnet {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(text);
  const [a = NaN, b = NaN, c = NaN, d = NaN, prefix = NaN] = match?.slice(1).map(Number) ?? [];
  const base = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  const size = 2 ** (32 - prefix);
  const good =
    [a, b, c, d].every((octet) => octet <= 255) && prefix >= 8 && prefix <= 30 && base % size === 0;
  if (!good) {
    throw new KitError('bad-subnet', english(`not an IPv4 network: ${JSON.stringify(text)}`), {
      fault: 'usage',
      hint: english('write it like 10.77.12.0/24'),
    });
  }
  return { prefix, text, capacity: size - 2, address: (n) => dotted(base + n) };
}

/** The loopback network that stands for `subnet` where there are no namespaces: 127 and its other three octets. */
export function onLoopback(subnet: Subnet): Subnet {
  const text = subnet.text.replace(/^\d+/, '127');
  // 127.0.0.0/24 would take 127.0.0.1 from everybody else.
  return parseSubnet(text.startsWith('127.0.0.') ? text.replace('127.0.0.', '127.77.0.') : text);
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
