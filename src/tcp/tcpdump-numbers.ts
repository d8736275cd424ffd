/**
 * From the numbers that tcpdump prints back to those that were on the wire.
 *
 * tcpdump prints the first segment of a flow that has an ACK (the SYN-ACK, or whatever the capture begins with) with
 * absolute numbers and later ones relative to it; segments without ACK are always absolute. It leaves the sequence number
 * of an empty segment out, unless `-vv`; then the next number of that direction is taken, which is right for everything
 * but a keep-alive probe.
 */
import { FLAG } from './segment.ts';
import { seqDiff } from './seq.ts';
import type { TcpLine } from './tcpdump-line.ts';

type Flow = {
  /** What the numbers of each direction are relative to. */
  base: [number, number];
  next: [number, number];
  known: [boolean, boolean];
  anchored: boolean;
};

/** A flow whose first numbers are this small was cut out of a longer text: they are relative to something not shown. */
const RELATIVE_BELOW = 1 << 24;
/** `-S` prints absolute numbers throughout: recognised when they lie this close to what is expected. */
const ABSOLUTE_WITHIN = 1 << 24;

export interface WireNumbers {
  readonly seq: number;
  readonly ack: number;
  readonly sack: readonly number[];
}

export class NumberRestorer {
  readonly #flows = new Map<string, Flow>();

  restore(line: TcpLine, source: string, destination: string): WireNumbers {
    const forward = source <= destination;
    const key = forward ? `${source} ${destination}` : `${destination} ${source}`;
    const own = forward ? 0 : 1;
    const other = forward ? 1 : 0;
    let flow = this.#flows.get(key);
    if (flow === undefined) {
      flow = { base: [0, 0], next: [0, 0], known: [false, false], anchored: false };
      this.#flows.set(key, flow);
    }
    const syn = (line.flags & FLAG.syn) !== 0;
    const hasAck = (line.flags & FLAG.ack) !== 0;
    const relative = hasAck && !syn && flow.anchored;
    const seq =
      line.seq === undefined ? flow.next[own] : absolute(line.seq, flow.base[own], flow.next[own], relative);
    const ack = !hasAck ? 0 : absolute(line.ack ?? 0, flow.base[other], flow.next[other], relative);
    const sack = line.sack.map((edge) => absolute(edge, flow.base[other], flow.next[other], relative));
    if (hasAck && (syn || !flow.anchored)) this.#anchor(flow, own, other, line, seq, ack);
    const end = (seq + line.length + (syn ? 1 : 0) + (line.flags & FLAG.fin)) >>> 0;
    const moved = !flow.known[own] || syn || seqDiff(end, flow.next[own]) > 0;
    if (moved && !(line.flags & FLAG.rst)) flow.next[own] = end;
    flow.known[own] ||= line.seq !== undefined;
    if (hasAck && !flow.known[other]) {
      flow.next[other] = ack;
      flow.known[other] = true;
    }
    return { seq, ack, sack };
  }

  /** Bytes were printed, too: they have the true numbers, and later lines without bytes are relative to them. */
  learn(line: TcpLine, source: string, destination: string, seq: number, ack: number): void {
    this.restore(
      { ...line, seq, ack: line.flags & FLAG.ack ? ack : undefined, sack: [] },
      source,
      destination,
    );
  }

  #anchor(flow: Flow, own: 0 | 1, other: 0 | 1, line: TcpLine, seq: number, ack: number): void {
    flow.anchored = true;
    const syn = (line.flags & FLAG.syn) !== 0;
    if (!syn && ack < RELATIVE_BELOW && seq < RELATIVE_BELOW) return;
    flow.base[own] = seq;
    flow.base[other] = (ack - 1) >>> 0;
  }
}

function absolute(printed: number, base: number, expected: number, relative: boolean): number {
  if (!relative) return printed >>> 0;
  const far = printed >= RELATIVE_BELOW && Math.abs(seqDiff(printed >>> 0, expected)) < ABSOLUTE_WITHIN;
  return far ? printed >>> 0 : (base + printed) >>> 0;
}
