/**
 * Captures of conversations such as no TCP would hold, out of a seed: numbers that jump, windows that close, ACKs of
 * bytes never sent, SYNs in the middle, times from a microsecond to a quarter of a second. The rules of an analyser show
 * at the edges, and tshark gets the same capture.
 */
import { FLAG } from '../../src/tcp/index.ts';

export interface WrittenPacket {
  readonly atNs: number;
  readonly bytes: Uint8Array;
}

/** A pcap file: little-endian, nanoseconds, raw IP unless said otherwise. */
export function pcapFile(packets: readonly WrittenPacket[], linkType = 101): Uint8Array {
  const size = packets.reduce((sum, { bytes }) => sum + 16 + bytes.length, 24);
  const file = new DataView(new ArrayBuffer(size));
  [0xa1b23c4d, 0x00040002, 0, 0, 262_144, linkType].forEach((word, i) => file.setUint32(i * 4, word, true));
  let at = 24;
  for (const { atNs, bytes } of packets) {
    [1_700_000_000 + Math.floor(atNs / 1e9), atNs % 1e9, bytes.length, bytes.length].forEach((word, i) =>
      file.setUint32(at + i * 4, word, true),
    );
    new Uint8Array(file.buffer).set(bytes, at + 16);
    at += 16 + bytes.length;
  }
  return new Uint8Array(file.buffer);
}

export interface TcpFields {
  readonly fromA: boolean;
  readonly portA: number;
  readonly portB: number;
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
  readonly window: number;
  readonly length: number;
  readonly windowShift?: number | undefined;
}

/** An IPv4 packet from 10.0.0.1 to 10.0.0.2, or back. Checksums are left 0. */
export function tcpPacket(fields: TcpFields): Uint8Array {
  const options = fields.windowShift === undefined ? [] : [3, 3, fields.windowShift, 0];
  const headerLength = 20 + options.length;
  const packet = new DataView(new ArrayBuffer(20 + headerLength + fields.length));
  const bytes = new Uint8Array(packet.buffer).fill(0x78, 20 + headerLength);
  packet.setUint16(0, 0x4500);
  packet.setUint16(2, bytes.length);
  packet.setUint16(8, 0x4006);
  packet.setUint32(12, fields.fromA ? 0x0a000001 : 0x0a000002);
  packet.setUint32(16, fields.fromA ? 0x0a000002 : 0x0a000001);
  packet.setUint16(20, fields.fromA ? fields.portA : fields.portB);
  packet.setUint16(22, fields.fromA ? fields.portB : fields.portA);
  packet.setUint32(24, fields.seq);
  packet.setUint32(28, fields.ack);
  packet.setUint16(32, ((headerLength / 4) << 12) | fields.flags);
  packet.setUint16(34, Math.min(fields.window, 0xffff));
  bytes.set(options, 40);
  return bytes;
}

class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  /** From 0 up to, not including, 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }
  below(n: number): number {
    return Math.floor(this.next() * n);
  }
  of<T>(...choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }
  word(): number {
    return this.below(4_294_967_296);
  }
}

const GAPS_NS = [1e3, 1e5, 1e6, 25e5, 5e6, 19e6, 3e7, 25e7] as const;

export function oddCapture(seed: number, conversations: number): Uint8Array {
  const dice = new Dice(seed);
  const packets: WrittenPacket[] = [];
  let now = 0;
  for (let c = 0; c < conversations; c++) {
    const portA = dice.of(40_000 + c, 40_000 + c, 41_000);
    const isn = [dice.of(dice.word(), 0xffffff00), dice.word()] as const;
    const next: [number, number] = [isn[0], isn[1]];
    const windows: [number, number] = [dice.of(1000, 65_535, 200), dice.of(1000, 65_535, 200)];
    const shifts = [dice.of(undefined, 7, 2), dice.of(undefined, 7, 2)] as const;
    const send = (
      side: 0 | 1,
      seq: number,
      ack: number,
      flags: number,
      length: number,
      more: { window?: number; gapNs?: number } = {},
    ): void => {
      now += more.gapNs ?? dice.of(...GAPS_NS);
      const windowShift = flags & FLAG.syn ? shifts[side] : undefined;
      const window = more.window ?? windows[side];
      const fields = { fromA: side === 0, portA, portB: 80, seq, ack, flags, window, length, windowShift };
      packets.push({ atNs: now, bytes: tcpPacket(fields) });
    };
    if (dice.next() > 0.2) {
      send(0, isn[0], 0, FLAG.syn, dice.of(0, 0, 0, 0, 5));
      if (dice.next() < 0.15) send(0, isn[0], 0, FLAG.syn, 0, { gapNs: 1e9 });
      if (dice.next() < 0.9) send(1, isn[1], isn[0] + 1, FLAG.syn | FLAG.ack, 0);
      if (dice.next() < 0.1) send(1, isn[1], isn[0] + 1, FLAG.syn | FLAG.ack, 0);
      next[0]++;
      next[1]++;
      if (dice.next() < 0.9) send(0, next[0], next[1], FLAG.ack, 0);
    }
    const acked: [number, number] = [next[1], next[0]];
    const sent: [[number, number][], [number, number][]] = [[], []];
    for (let k = dice.below(40); k > 0; k--) {
      const s = dice.of<0 | 1>(0, 1);
      const o = s === 0 ? 1 : 0;
      if (dice.next() < 0.2) windows[s] = dice.of(0, 0, 1, 100, windows[s], windows[s] + 1, 500);
      const q = dice.next();
      if (q < 0.4) acked[s] = next[o];
      else if (q < 0.5) acked[s] = next[o] - dice.of(1, 5, 20, 100);
      else if (q < 0.55) acked[s] = next[o] + dice.of(1, 50, 500);
      const ack = acked[s];
      const r = dice.next();
      if (r < 0.35) {
        const room = (acked[o] + windows[o] - next[s]) % 1400;
        const length = dice.of(1, 1, 5, 20, 100, 500, Math.max(1, room));
        sent[s].push([next[s], length]);
        send(s, next[s], ack, FLAG.psh | FLAG.ack, length);
        next[s] += length;
      } else if (r < 0.5) send(s, next[s], ack, FLAG.ack, 0);
      else if (r < 0.6) {
        const [seq, length] = sent[s][dice.below(sent[s].length)] ?? [next[s], 0];
        send(s, seq, ack, FLAG.ack, length);
      } else if (r < 0.65) next[s] += dice.of(1, 10, 100);
      else if (r < 0.7) send(s, next[s] - 1, ack, FLAG.ack, dice.of(0, 1, 0, 1, 2));
      else if (r < 0.74)
        send(s, next[s] - 1 - dice.below(60), ack, FLAG.psh | FLAG.ack, dice.of(1, 10, 40, 80));
      else if (r < 0.86) {
        for (let n = 1 + dice.below(4); n > 0; n--)
          send(s, next[s], ack, FLAG.ack, 0, { gapNs: dice.of(1e3, 1e6) });
        if (dice.next() < 0.5) send(o, ack, acked[o], FLAG.ack, dice.of(10, 100), { gapNs: 1e3 });
      } else if (r < 0.9) {
        send(s, next[s], ack, FLAG.fin | FLAG.ack, dice.of(0, 0, 3));
        next[s]++;
      } else if (r < 0.92) send(s, next[s], ack, dice.of(FLAG.rst, FLAG.rst | FLAG.ack), 0);
      else if (r < 0.96) {
        const seq = dice.of(isn[s], isn[s], isn[s], dice.word());
        send(s, seq, ack, dice.of(FLAG.syn, FLAG.syn | FLAG.ack), 0);
      } else if (r < 0.98) send(s, dice.word(), dice.word(), dice.below(64), dice.of(0, 9));
    }
  }
  return pcapFile(packets);
}
