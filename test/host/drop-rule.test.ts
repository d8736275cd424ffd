import { expect, test } from 'vitest';
import { KitError } from '../../src/bytes/index.ts';
import { type DropSpec, nftRule } from '../../src/host/drop-rule.ts';

const indexOf = (host: string): number => ['server', 'client'].indexOf(host) + 1;

test.each<[DropSpec, string]>([
  [{}, 'counter drop'],
  [{ from: 'client' }, 'iifname "port2" counter drop'],
  [{ to: 'client', protocol: 'udp' }, 'oifname "port2" meta l4proto udp counter drop'],
  [{ destinationPort: 2312 }, 'meta l4proto tcp tcp dport 2312 counter drop'],
  [{ protocol: 'udp', sourcePort: 53 }, 'meta l4proto udp udp sport 53 counter drop'],
  [{ flags: ['fin'] }, 'meta l4proto tcp tcp flags & (fin) == fin counter drop'],
  [{ flags: ['syn'], withoutFlags: ['ack'] }, 'meta l4proto tcp tcp flags & (syn|ack) == syn counter drop'],
  [{ withoutFlags: ['rst'] }, 'meta l4proto tcp tcp flags & (rst) == 0x0 counter drop'],
  [{ minPacketBytes: 100, every: 3 }, 'ip length >= 100 numgen inc mod 3 == 0 counter drop'],
  [{ share: 0.05 }, 'numgen random mod 10000 < 500 counter drop'],
  [{ times: 2 }, 'limit rate 1/week burst 2 packets counter drop'],
])('%j is %s', (spec, rule) => {
  expect(nftRule(spec, indexOf)).toBe(rule);
});

test.each<DropSpec>([
  { protocol: 'udp', flags: ['fin'] },
  { protocol: 'icmp', sourcePort: 7 },
  { destinationPort: 0 },
  { sourcePort: 65_536 },
  { times: 1.5 },
  { share: 2 },
  { every: 0 },
])('%j is refused', (spec) => {
  expect(() => nftRule(spec, indexOf)).toThrow(expect.objectContaining({ code: 'bad-drop', fault: 'usage' }));
  expect(() => nftRule(spec, indexOf)).toThrow(KitError);
});
