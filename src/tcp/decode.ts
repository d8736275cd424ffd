/**
 * From a packet to its TCP segment: link layer, IPv4 (RFC 791) or IPv6 with its extension headers (RFC 8200), TCP
 * (RFC 9293, section 3.1). Nothing is copied, except the pieces of a fragmented datagram.
 */
import { FragmentTable } from './fragments.ts';
import { u16be, u32be, u8 } from './integers.ts';
import { findIp, UNKNOWN_LINK } from './link.ts';
import type { CaptureProblem, Packet } from './packet.ts';
import type { Segment } from './segment.ts';
import { readTcp } from './tcp-header.ts';

const PROTOCOL = { ipv4: 4, tcp: 6, ipv6: 41 } as const;
/** IPv6 extension headers (RFC 8200, section 4; RFC 6564): next header, then a length in 8 bytes (AH: in 4). */
const EXTENSION = { hopByHop: 0, routing: 43, fragment: 44, authentication: 51, options: 60 } as const;
const OTHER_EXTENSIONS = new Set([135, 139, 140, 253, 254]);
/** Tunnels inside tunnels and chains of extension headers end here. */
const MAX_HEADERS = 16;

/** Decodes packets; remembers open fragments and what it could not read. */
export class SegmentDecoder {
  readonly problems: CaptureProblem[] = [];
  packets = 0;
  /** Packets without TCP. */
  others = 0;
  /** Packets of which the snapshot length cut something. */
  cut = 0;
  readonly #fragments = new FragmentTable();
  readonly #unknownLinks = new Set<number>();

  /** Fills `segment` and answers true when the packet holds (or completes) a TCP segment. */
  decode(packet: Packet, segment: Segment): boolean {
    this.packets++;
    if (packet.originalLength > packet.end - packet.start) this.cut++;
    const at = findIp(packet);
    if (at >= 0) {
      segment.frame = packet.frame;
      segment.atNs = packet.atNs;
      const wireEnd = packet.start + packet.originalLength;
      if (this.#ip(packet.data, at, packet.end, wireEnd, segment, 0)) return true;
    } else if (at === UNKNOWN_LINK) this.#unknownLink(packet);
    this.others++;
    return false;
  }

  /** What the end of the capture leaves open. */
  end(): void {
    const lost = this.#fragments.lost + this.#fragments.openCount;
    if (lost > 0) {
      const text = `${lost} fragmented IP ${lost === 1 ? 'datagram is' : 'datagrams are'} not complete in the capture`;
      this.problems.push({ code: 'fragments-lost', at: 0, text });
    }
    if (this.cut > 0) {
      const text = `the snapshot length cut ${this.cut} of ${this.packets} packets`;
      this.problems.push({ code: 'cut-snapshot', at: 0, text });
    }
  }

  /** `end` is where the captured bytes end, `wireEnd` where the packet ended on the wire. */
  #ip(data: Uint8Array, at: number, end: number, wireEnd: number, segment: Segment, depth: number): boolean {
    if (depth > MAX_HEADERS) return false;
    const version = u8(data, at) >> 4;
    if (version === 4) return this.#ipv4(data, at, end, wireEnd, segment, depth);
    return version === 6 && this.#ipv6(data, at, end, wireEnd, segment, depth);
  }

  #ipv4(
    data: Uint8Array,
    at: number,
    end: number,
    wireEnd: number,
    segment: Segment,
    depth: number,
  ): boolean {
    const headerLength = (u8(data, at) & 0x0f) * 4;
    if (headerLength < 20 || at + headerLength > end) return false;
    // A sender with segmentation offload may leave the length 0 for its network card to fill in.
    const totalLength = u16be(data, at + 2);
    const stop = totalLength === 0 ? wireEnd : Math.min(at + totalLength, wireEnd);
    segment.family = 4;
    segment.src0 = segment.src1 = segment.src2 = 0;
    segment.dst0 = segment.dst1 = segment.dst2 = 0;
    segment.src3 = u32be(data, at + 12);
    segment.dst3 = u32be(data, at + 16);
    const protocol = u8(data, at + 9);
    const fragment = u16be(data, at + 6) & 0x3fff;
    const body = at + headerLength;
    if (fragment === 0) return this.#payload(protocol, data, body, end, stop, segment, depth);
    const key = `${segment.src3} ${segment.dst3} ${u16be(data, at + 4)} ${protocol}`;
    return this.#fragment(key, protocol, fragment, data, body, end, stop, segment, depth);
  }

  #ipv6(
    data: Uint8Array,
    at: number,
    end: number,
    wireEnd: number,
    segment: Segment,
    depth: number,
  ): boolean {
    if (at + 40 > end) return false;
    segment.family = 6;
    segment.src0 = u32be(data, at + 8);
    segment.src1 = u32be(data, at + 12);
    segment.src2 = u32be(data, at + 16);
    segment.src3 = u32be(data, at + 20);
    segment.dst0 = u32be(data, at + 24);
    segment.dst1 = u32be(data, at + 28);
    segment.dst2 = u32be(data, at + 32);
    segment.dst3 = u32be(data, at + 36);
    // 0 is a jumbogram (RFC 2675): its true length is an option; the packet's own length says the same.
    const payloadLength = u16be(data, at + 4);
    const stop = payloadLength === 0 ? wireEnd : Math.min(at + 40 + payloadLength, wireEnd);
    let next = u8(data, at + 6);
    let body = at + 40;
    for (let count = 0; count < MAX_HEADERS; count++) {
      if (next === EXTENSION.fragment) {
        if (body + 8 > end) return false;
        const field = u16be(data, body + 2);
        const after = u8(data, body);
        const fragment = (field >> 3) | ((field & 1) << 13);
        if (fragment !== 0) {
          const { src0, src1, src2, src3, dst0, dst1, dst2, dst3 } = segment;
          const id = u32be(data, body + 4);
          const key = `${src0} ${src1} ${src2} ${src3} ${dst0} ${dst1} ${dst2} ${dst3} ${id}`;
          return this.#fragment(key, after, fragment, data, body + 8, end, stop, segment, depth);
        }
        next = after;
        body += 8;
      } else if (isExtension(next)) {
        if (body + 2 > end) return false;
        const size = u8(data, body + 1);
        const length = next === EXTENSION.authentication ? (size + 2) * 4 : (size + 1) * 8;
        next = u8(data, body);
        body += length;
      } else break;
    }
    return this.#payload(next, data, body, end, stop, segment, depth);
  }

  #payload(
    protocol: number,
    data: Uint8Array,
    at: number,
    end: number,
    stop: number,
    segment: Segment,
    depth: number,
  ): boolean {
    if (protocol === PROTOCOL.tcp) return readTcp(data, at, Math.min(end, stop), stop, segment);
    if (protocol !== PROTOCOL.ipv4 && protocol !== PROTOCOL.ipv6) return false;
    return at < end && this.#ip(data, at, Math.min(end, stop), stop, segment, depth + 1);
  }

  /** `fragment`: the offset in 8 bytes, and bit 13 for "more follow". */
  #fragment(
    key: string,
    protocol: number,
    fragment: number,
    data: Uint8Array,
    at: number,
    end: number,
    stop: number,
    segment: Segment,
    depth: number,
  ): boolean {
    const offset = (fragment & 0x1fff) * 8;
    const more = (fragment & 0x2000) !== 0;
    const available = Math.max(0, Math.min(end, stop) - at);
    const whole = this.#fragments.add(key, offset, more, data, at, available, stop - at);
    if (whole === undefined) return false;
    return this.#payload(protocol, whole.data, 0, whole.data.length, whole.length, segment, depth + 1);
  }

  #unknownLink(packet: Packet): void {
    if (this.#unknownLinks.has(packet.linkType)) return;
    this.#unknownLinks.add(packet.linkType);
    this.problems.push({
      code: 'unknown-link',
      at: packet.frame,
      text: `link type ${packet.linkType} is not one that this reader knows; its packets are left out`,
    });
  }
}

function isExtension(header: number): boolean {
  return (
    header === EXTENSION.hopByHop ||
    header === EXTENSION.routing ||
    header === EXTENSION.options ||
    header === EXTENSION.authentication ||
    OTHER_EXTENSIONS.has(header)
  );
}
