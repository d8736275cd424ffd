import type * as Crypto from 'node:crypto';
import type { Status } from '../wire/index.ts';

export interface AdmissionLimits {
  /** Connections from one address; `loopback` when it is this machine's own, where a whole class may come from. */
  readonly maxPerAddress: number;
  readonly maxPerLoopback: number;
  /** Wrong tokens from one address within a minute, before nobody is let in from there until the minute is over. */
  readonly maxWrongTokens: number;
  /** How long a connection may take to show the token. */
  readonly tokenMs: number;
}

/** Why somebody stays outside. */
export interface Refusal {
  readonly status: Status;
  readonly text: string;
}

const WINDOW_MS = 60_000;
/** Addresses whose wrong tokens are remembered; beyond, the oldest is forgotten. */
const REMEMBERED = 10_000;

/**
 * Who may come in: so many connections from one address, and where a token is wanted only those who know it.
 *
 * Addresses are counted as networks are given to people: a machine has one IPv4 address, but a whole /64 of IPv6
 * (RFC 4291, section 2.5.4).
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #token: Buffer | undefined;
  readonly #connections = new Map<string, number>();
  readonly #wrong = new Map<string, { count: number; sinceMs: number }>();

  constructor(token: string | undefined, limits: AdmissionLimits) {
    this.#token = token === undefined ? undefined : digest(token);
    this.#limits = limits;
  }

  get wantsToken(): boolean {
    return this.#token !== undefined;
  }

  get tokenMs(): number {
    return this.#limits.tokenMs;
  }

  /** A connection from `address`. Whoever hears undefined calls `left` when it is gone. */
  enter(address: string, clockMs: number): Refusal | undefined {
    const guessing = this.guessing(address, clockMs);
    if (guessing !== undefined) return guessing;
    const most = isLoopback(address) ? this.#limits.maxPerLoopback : this.#limits.maxPerAddress;
    const key = networkOf(address);
    const there = this.#connections.get(key) ?? 0;
    if (there >= most)
      return { status: 'too-many-clients', text: `${most} connections from your address are here already` };
    this.#connections.set(key, there + 1);
    return undefined;
  }

  /**
   * Why no token from `address` is looked at for now: too many wrong ones came. Asked again when a token comes, since a
   * thousand connections may have been at the door before the first of them guessed.
   */
  guessing(address: string, clockMs: number): Refusal | undefined {
    const wrong = this.#wrongFrom(address, clockMs);
    if (wrong === undefined || wrong.count < this.#limits.maxWrongTokens) return undefined;
    const seconds = Math.ceil((wrong.sinceMs + WINDOW_MS - clockMs) / 1000);
    return { status: 'bad-token', text: `too many wrong tokens from your address; wait ${seconds} s` };
  }

  left(address: string): void {
    const key = networkOf(address);
    const there = this.#connections.get(key) ?? 0;
    if (there > 1) this.#connections.set(key, there - 1);
    else this.#connections.delete(key);
  }

  /** Is it the token? How long the comparison takes tells nothing of how much of it was right. */
  knows(token: string, address: string, clockMs: number): boolean {
    if (this.#token === undefined || crypto().timingSafeEqual(digest(token), this.#token)) return true;
    const wrong = this.#wrongFrom(address, clockMs) ?? { count: 0, sinceMs: clockMs };
    wrong.count++;
    const key = networkOf(address);
    this.#wrong.delete(key);
    this.#wrong.set(key, wrong);
    const [oldest] = this.#wrong.keys();
    if (this.#wrong.size > REMEMBERED && oldest !== undefined) this.#wrong.delete(oldest);
    return false;
  }

  #wrongFrom(address: string, clockMs: number): { count: number; sinceMs: number } | undefined {
    const key = networkOf(address);
    const wrong = this.#wrong.get(key);
    if (wrong === undefined || clockMs - wrong.sinceMs < WINDOW_MS) return wrong;
    this.#wrong.delete(key);
    return undefined;
  }
}

/** Loaded where a token is wanted: it takes a quarter of the time that Node itself needs to start. */
const crypto = (): typeof Crypto => process.getBuiltinModule('node:crypto');

/** Equally long whatever the token is: timingSafeEqual compares only what has one length. */
const digest = (token: string): Buffer => crypto().createHash('sha256').update(token).digest();

export const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

/** What one machine has: its IPv4 address, or the /64 of its IPv6 address. */
function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [plain = ''] = address.split('%');
  const [front = '', back] = plain.split('::');
  const groups = front === '' ? [] : front.split(':');
  const behind = back === undefined || back === '' ? [] : back.split(':');
  const zeros =
    back === undefined ? [] : Array<string>(Math.max(0, 8 - groups.length - behind.length)).fill('0');
  return [...groups, ...zeros, ...behind].slice(0, 4).join(':');
}
