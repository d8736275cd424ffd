/** Feeds one connection's two streams to the application decoder that recognises them. */
import type { AppDecoder, AppMessage, AppProtocol, Opening } from './app.ts';
import { copyOf } from './copy.ts';
import type { Side } from './segment.ts';

/** A protocol that has not shown itself in this many bytes of both sides together is none of those on offer. */
const ENOUGH = 4096;

type Held = { side: Side; offset: number; bytes: Uint8Array | undefined; length: number };

export class AppFeed {
  protocol: string | undefined;
  readonly #out: (message: AppMessage) => void;
  readonly #ports: readonly [number, number];
  #candidates: readonly AppProtocol[];
  #decoder: AppDecoder | undefined;
  #held: Held[] = [];
  #heldBytes = 0;

  constructor(
    candidates: readonly AppProtocol[],
    ports: readonly [number, number],
    out: (message: AppMessage) => void,
  ) {
    this.#candidates = candidates;
    this.#ports = ports;
    this.#out = out;
  }

  bytes(side: Side, bytes: Uint8Array, offset: number): void {
    if (this.#decoder !== undefined) this.#emit(this.#decoder.feed(side, bytes, offset));
    else if (this.#candidates.length > 0)
      this.#hold({ side, offset, bytes: copyOf(bytes), length: bytes.length });
  }

  gap(side: Side, offset: number, length: number): void {
    if (this.#decoder !== undefined) this.#emit(this.#decoder.gap?.(side, offset, length) ?? []);
    else if (this.#candidates.length > 0) this.#hold({ side, offset, bytes: undefined, length });
  }

  end(side: Side): void {
    if (this.#decoder !== undefined) this.#emit(this.#decoder.end?.(side) ?? []);
  }

  #emit(messages: readonly AppMessage[]): void {
    for (const message of messages) this.#out(message);
  }

  #hold(held: Held): void {
    this.#held.push(held);
    this.#heldBytes += held.bytes === undefined ? 0 : held.length;
    const opening: Opening = {
      initiatorPort: this.#ports[0],
      responderPort: this.#ports[1],
      first: [this.#first(0), this.#first(1)],
    };
    const undecided: AppProtocol[] = [];
    for (const candidate of this.#candidates) {
      const answer = candidate.recognise(opening);
      // An earlier candidate that wants to see more is asked before a later one is taken.
      if (answer === 'yes' && undecided.length === 0) {
        this.#choose(candidate);
        return;
      }
      if (answer !== 'no') undecided.push(candidate);
    }
    this.#candidates = this.#heldBytes > ENOUGH ? [] : undecided;
    if (this.#candidates.length === 0) this.#held = [];
  }

  #choose(protocol: AppProtocol): void {
    this.protocol = protocol.name;
    this.#decoder = protocol.open();
    const held = this.#held;
    this.#held = [];
    for (const { side, bytes, offset, length } of held) {
      if (bytes === undefined) this.gap(side, offset, length);
      else this.bytes(side, bytes, offset);
    }
  }

  #first(side: Side): Uint8Array {
    const parts: Uint8Array[] = [];
    for (const held of this.#held) {
      if (held.side !== side) continue;
      if (held.bytes === undefined) break;
      parts.push(held.bytes);
    }
    if (parts.length === 1) return parts[0] ?? new Uint8Array(0);
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}
