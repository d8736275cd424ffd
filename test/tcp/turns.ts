import { FLAG } from '../../src/tcp/index.ts';
import { pcapFile, tcpPacket, type WrittenPacket } from './odd-segments.ts';

/** A capture of one connection on which the two say these things in turn, the client first. */
export function captureOfTurns(port: number, payloads: readonly Uint8Array[]): Uint8Array {
  const packets: WrittenPacket[] = [];
  const next: [number, number] = [1_000, 5_000];
  const send = (side: 0 | 1, flags: number, payload: Uint8Array = new Uint8Array()): void => {
    const bytes = tcpPacket({
      ...{ fromA: side === 0, portA: 40_000, portB: port, window: 60_000, flags, length: payload.length },
      ...{ seq: next[side], ack: flags === FLAG.syn ? 0 : next[side === 0 ? 1 : 0] },
    });
    bytes.set(payload, bytes.length - payload.length);
    packets.push({ atNs: 1e6 * packets.length, bytes });
    next[side] += payload.length + ((flags & FLAG.syn) === 0 ? 0 : 1);
  };
  send(0, FLAG.syn);
  send(1, FLAG.syn | FLAG.ack);
  send(0, FLAG.ack);
  payloads.forEach((payload, at) => send(at % 2 === 0 ? 0 : 1, FLAG.psh | FLAG.ack, payload));
  return pcapFile(packets);
}
