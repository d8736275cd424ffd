/** The two addresses and two ports that name a connection, initiator first. */
import { formatAddress, type Endpoint } from './endpoint.ts';
import { FLAG, type Segment, type Side } from './segment.ts';

export class FourTuple {
  readonly family: number;
  readonly ports: readonly [number, number];
  readonly hash: number;
  /** The words of the initiator's address and of the responder's; fields, since each segment is compared with them. */
  readonly #a0: number;
  readonly #a1: number;
  readonly #a2: number;
  readonly #a3: number;
  readonly #b0: number;
  readonly #b1: number;
  readonly #b2: number;
  readonly #b3: number;
  readonly #portA: number;
  readonly #portB: number;

  /** Out of the first segment of a connection; `serverPort`: where a server is known to listen. */
  constructor(first: Segment, serverPort: number | undefined) {
    this.family = first.family;
    const { src0, src1, src2, src3, dst0, dst1, dst2, dst3, srcPort, dstPort } = first;
    this.hash = hashOf(first);
    const forward = initiates(first, serverPort);
    [this.#a0, this.#a1, this.#a2, this.#a3] = forward ? [src0, src1, src2, src3] : [dst0, dst1, dst2, dst3];
    [this.#b0, this.#b1, this.#b2, this.#b3] = forward ? [dst0, dst1, dst2, dst3] : [src0, src1, src2, src3];
    [this.#portA, this.#portB] = forward ? [srcPort, dstPort] : [dstPort, srcPort];
    this.ports = [this.#portA, this.#portB];
  }

  endpoint(side: Side): Endpoint {
    const address =
      side === 0
        ? formatAddress(this.family, this.#a0, this.#a1, this.#a2, this.#a3)
        : formatAddress(this.family, this.#b0, this.#b1, this.#b2, this.#b3);
    return { address, port: this.ports[side] };
  }

  /** From which side a segment with these addresses and ports is; -1: it is of another connection. */
  sideOf(segment: Segment): Side | -1 {
    const { srcPort, dstPort, src3, dst3 } = segment;
    if (srcPort === this.#portA && dstPort === this.#portB && src3 === this.#a3 && dst3 === this.#b3) {
      if (this.#runs(segment)) return 0;
    }
    if (srcPort !== this.#portB || dstPort !== this.#portA || src3 !== this.#b3 || dst3 !== this.#a3)
      return -1;
    return this.#runsBack(segment) ? 1 : -1;
  }

  #runs({ src0, src1, src2, dst0, dst1, dst2, family }: Segment): boolean {
    return (
      family === this.family &&
      src0 === this.#a0 &&
      src1 === this.#a1 &&
      src2 === this.#a2 &&
      dst0 === this.#b0 &&
      dst1 === this.#b1 &&
      dst2 === this.#b2
    );
  }

  #runsBack({ src0, src1, src2, dst0, dst1, dst2, family }: Segment): boolean {
    return (
      family === this.family &&
      src0 === this.#b0 &&
      src1 === this.#b1 &&
      src2 === this.#b2 &&
      dst0 === this.#a0 &&
      dst1 === this.#a1 &&
      dst2 === this.#a2
    );
  }
}

/** A SYN's sender opens the connection; without one, the higher port is taken to be the client's, or that of no server. */
function initiates(first: Segment, serverPort: number | undefined): boolean {
  if (first.flags & FLAG.syn) return (first.flags & FLAG.ack) === 0;
  if (first.srcPort !== first.dstPort) {
    if (first.srcPort === serverPort) return false;
    if (first.dstPort === serverPort) return true;
  }
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
