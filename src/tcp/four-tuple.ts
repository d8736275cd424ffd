/** The two addresses and two ports that name a connection, initiator first. */
import { formatAddress, type Endpoint } from './endpoint.ts';
import { FLAG, type Segment, type Side } from './segment.ts';

export class FourTuple {
  readonly family: number;
  readonly ports: readonly [number, number];
  readonly #words: readonly number[];

  readonly hash: number;

  /** Out of the first segment of a connection. */
  constructor(first: Segment) {
    this.family = first.family;
    const { src0, src1, src2, src3, dst0, dst1, dst2, dst3 } = first;
    this.hash = hashOf(first);
    const forward = initiates(first);
    this.#words = forward
      ? [src0, src1, src2, src3, dst0, dst1, dst2, dst3]
      : [dst0, dst1, dst2, dst3, src0, src1, src2, src3];
    this.ports = forward ? [first.srcPort, first.dstPort] : [first.dstPort, first.srcPort];
  }

  endpoint(side: Side): Endpoint {
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = this.#words.slice(side * 4);
    return { address: formatAddress(this.family, w0, w1, w2, w3), port: this.ports[side] };
  }

  /** From which side a segment with these addresses and ports is; -1: it is of another connection. */
  sideOf(segment: Segment): Side | -1 {
    const [a0, a1, a2, a3, b0, b1, b2, b3] = this.#words;
    const { src0, src1, src2, src3, dst0, dst1, dst2, dst3 } = segment;
    if (segment.family !== this.family) return -1;
    if (
      segment.srcPort === this.ports[0] &&
      segment.dstPort === this.ports[1] &&
      src3 === a3 &&
      dst3 === b3 &&
      src0 === a0 &&
      src1 === a1 &&
      src2 === a2 &&
      dst0 === b0 &&
      dst1 === b1 &&
      dst2 === b2
    ) {
      return 0;
    }
    const reverse =
      segment.srcPort === this.ports[1] &&
      segment.dstPort === this.ports[0] &&
      src3 === b3 &&
      dst3 === a3 &&
      src0 === b0 &&
      src1 === b1 &&
      src2 === b2 &&
      dst0 === a0 &&
      dst1 === a1 &&
      dst2 === a2;
    return reverse ? 1 : -1;
  }
}

/** A SYN's sender opens the connection; without one, the higher port is taken to be the client's. */
function initiates(first: Segment): boolean {
  if (first.flags & FLAG.syn) return (first.flags & FLAG.ack) === 0;
  return first.srcPort >= first.dstPort;
}

/** The same for both directions of a four-tuple. */
export function hashOf(segment: Segment): number {
  const source = mix(segment.src0 ^ segment.src1 ^ segment.src2 ^ segment.src3, segment.srcPort);
  const destination = mix(segment.dst0 ^ segment.dst1 ^ segment.dst2 ^ segment.dst3, segment.dstPort);
  return (source + destination) | 0;
}

function mix(address: number, port: number): number {
  let h = Math.imul(address ^ Math.imul(port, 0x9e3779b1), 0x85ebca6b);
  h ^= h >>> 13;
  return Math.imul(h, 0xc2b2ae35);
}
