/**
 * Packets that get lost on their way: rules on the patch panel, so that the sender's capture holds the packet and the
 * receiver's does not. Each rule has a chain of its own, which makes it removable and countable by name.
 */
import { english, KitError } from '../bytes/index.ts';
import { mustExec } from './exec.ts';
import { inNetworkOf } from './launchers.ts';
import { needProgram } from './programs.ts';
import { portOf } from './network.ts';

export type TcpFlag = 'fin' | 'syn' | 'rst' | 'psh' | 'ack' | 'urg';

/** Which packets to lose: those for which all that is given holds; with nothing given, all. */
export type DropSpec = {
  /** Host names: who sent the packet, who would get it. */
  from?: string;
  to?: string;
  protocol?: 'tcp' | 'udp' | 'icmp';
  sourcePort?: number;
  destinationPort?: number;
  /** TCP flags that must be set, and that must not be. */
  flags?: readonly TcpFlag[];
  withoutFlags?: readonly TcpFlag[];
  /** At least so many bytes of IP packet, header included: 100 leaves a bare ACK alone. */
  minPacketBytes?: number;
  /** Only the first so many; without it, all. */
  times?: number;
  /** Every n-th, the first one first; or a share of 0 to 1, at random. */
  every?: number;
  share?: number;
};

/** The rule in nft's language. Throws `bad-drop` (usage). Pure. */
export function nftRule(spec: DropSpec, indexOf: (host: string) => number): string {
  const tcp = [...(spec.flags ?? []), ...(spec.withoutFlags ?? [])];
  const ported = spec.sourcePort !== undefined || spec.destinationPort !== undefined;
  const protocol = spec.protocol ?? (tcp.length > 0 || ported ? 'tcp' : undefined);
  if (tcp.length > 0 && protocol !== 'tcp') throw badDrop('only TCP has flags');
  if (ported && protocol === 'icmp') throw badDrop('ICMP has no ports');
  const port = (name: string, value: number | undefined): string =>
    value === undefined ? '' : `${protocol ?? ''} ${name} ${whole(name, value, 1, 65_535)}`;
  return [
    spec.from === undefined ? '' : `iifname "${portOf(indexOf(spec.from))}"`,
    spec.to === undefined ? '' : `oifname "${portOf(indexOf(spec.to))}"`,
    protocol === undefined ? '' : `meta l4proto ${protocol}`,
    port('sport', spec.sourcePort),
    port('dport', spec.destinationPort),
    tcp.length === 0 ? '' : `tcp flags & (${tcp.join('|')}) == ${(spec.flags ?? []).join('|') || '0x0'}`,
    spec.minPacketBytes === undefined
      ? ''
      : `ip length >= ${whole('minPacketBytes', spec.minPacketBytes, 0, 65_535)}`,
    spec.every === undefined ? '' : `numgen inc mod ${whole('every', spec.every, 1, 1e6)} == 0`,
    spec.share === undefined ? '' : `numgen random mod 10000 < ${Math.round(fraction(spec.share) * 10_000)}`,
    // A bucket of n tokens that gets no new one in any lab's lifetime.
    spec.times === undefined ? '' : `limit rate 1/week burst ${whole('times', spec.times, 1, 1e6)} packets`,
    'counter drop',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

export class DropRule {
  readonly spec: DropSpec;
  readonly #panelPid: number;
  readonly #chain: string;
  #removed = false;

  private constructor(spec: DropSpec, panelPid: number, chain: string) {
    this.spec = spec;
    this.#panelPid = panelPid;
    this.#chain = chain;
  }

  /** Resolves when the rule is in force. Throws `no-nft`, `bad-drop`, `command-failed`. */
  static async add(spec: DropSpec, panelPid: number, chain: string, rule: string): Promise<DropRule> {
    needProgram('nft');
    const input = [
      'add table bridge lab',
      `add chain bridge lab ${chain} { type filter hook forward priority 0; }`,
      `add rule bridge lab ${chain} ${rule}`,
      '',
    ].join('\n');
    await mustExec(inNetworkOf(panelPid), ['nft', '-f', '-'], { input });
    return new DropRule(spec, panelPid, chain);
  }

  /** How many packets it has dropped until now. Throws `rule-removed` after `remove`. */
  async dropped(): Promise<number> {
    if (this.#removed) throw new KitError('rule-removed', 'the rule was removed, and its counter with it');
    const command = ['nft', '-j', 'list', 'chain', 'bridge', 'lab', this.#chain];
    const text = await mustExec(inNetworkOf(this.#panelPid), command);
    const listing = JSON.parse(text) as {
      nftables: { rule?: { expr: { counter?: { packets: number } }[] } }[];
    };
    for (const { rule } of listing.nftables) {
      for (const { counter } of rule?.expr ?? []) if (counter !== undefined) return counter.packets;
    }
    throw new KitError('no-counter', `nft listed no counter: ${text}`);
  }

  /** Packets pass again. Once more does nothing. Resolves with how many it had dropped. */
  async remove(): Promise<number> {
    if (this.#removed) return 0;
    const dropped = await this.dropped();
    this.#removed = true;
    const input = `flush chain bridge lab ${this.#chain}\ndelete chain bridge lab ${this.#chain}\n`;
    await mustExec(inNetworkOf(this.#panelPid), ['nft', '-f', '-'], { input });
    return dropped;
  }
}

const badDrop = (text: string): KitError => new KitError('bad-drop', english(text), { fault: 'usage' });

function whole(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw badDrop(`${name} is a whole number from ${min} to ${max}, not ${value}`);
}

function fraction(value: number): number {
  if (value >= 0 && value <= 1) return value;
  throw badDrop(`share is a number from 0 to 1, not ${value}`);
}
