/**
 * From a packet's first byte to its IP header, over whatever link layer the interface had
 * (https://www.tcpdump.org/linktypes.html).
 */
import { u16be, u8 } from './integers.ts';
import type { Packet } from './packet.ts';

export const LINK = {
  null: 0,
  ethernet: 1,
  loop: 108,
  linuxCooked: 113,
  linuxCooked2: 276,
  raw: 101,
  ipv4: 228,
  ipv6: 229,
} as const;

/** Older numbers for raw IP, which some systems still write. */
const RAW_OLD = new Set([12, 14]);

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
/** 802.1Q, 802.1ad (QinQ) and its two predecessors. */
const isVlan = (type: number): boolean =>
  type === 0x8100 || type === 0x88a8 || type === 0x9100 || type === 0x9200;

/** No IP in this packet: ARP, for example. */
export const NO_IP = -1;
/** A link layer that this reader does not know. */
export const UNKNOWN_LINK = -2;

/** Where in `packet.data` the IP header begins, or one of the two negative answers above. */
export function findIp(packet: Packet): number {
  const { data, start } = packet;
  switch (packet.linkType) {
    case LINK.ethernet:
      return afterEthertype(packet, start + 12);
    case LINK.linuxCooked:
      return afterEthertype(packet, start + 14);
    case LINK.linuxCooked2:
      return skipVlans(packet, u16be(data, start), start + 20);
    case LINK.null:
    case LINK.loop:
      return ifIp(packet, start + 4);
    case LINK.raw:
    case LINK.ipv4:
    case LINK.ipv6:
      return ifIp(packet, start);
    default:
      return RAW_OLD.has(packet.linkType) ? ifIp(packet, start) : UNKNOWN_LINK;
  }
}

function afterEthertype(packet: Packet, at: number): number {
  return skipVlans(packet, u16be(packet.data, at), at + 2);
}

function skipVlans(packet: Packet, ethertype: number, start: number): number {
  let type = ethertype;
  let at = start;
  while (isVlan(type) && at + 4 <= packet.end) {
    type = u16be(packet.data, at + 2);
    at += 4;
  }
  if (type !== ETHERTYPE_IPV4 && type !== ETHERTYPE_IPV6) return NO_IP;
  return at < packet.end ? at : NO_IP;
}

/** Null and loop headers give an address family, whose number for IPv6 differs by system; the IP version does not. */
function ifIp(packet: Packet, at: number): number {
  if (at >= packet.end) return NO_IP;
  const version = u8(packet.data, at) >> 4;
  return version === 4 || version === 6 ? at : NO_IP;
}
