/** Hosts and cables of one run. */
import { KitError, text } from '../bytes/index.ts';
import { Cable } from './cable.ts';
import { Crew } from './crew.ts';
import { DropRule, type DropSpec, nftRule } from './drop-rule.ts';
import { mustExec } from './exec.ts';
import { Host } from './host.ts';
import { buildNetwork, HOST_INTERFACE, type Network } from './network.ts';
import type { HostProcess } from './process.ts';
import { stageFacts, type StageKind } from './stage-facts.ts';
import { onLoopback, parseSubnet } from './subnet.ts';
import type { Sysctls } from './sysctl.ts';

export type WorldPlan = {
  /** Names: two get one cable between them, more a switch with a cable each. */
  hosts: readonly string[];
  /** `10.77.0.0/24` by default; the hosts get its first addresses in their order. */
  subnet?: string;
  /** Kernel settings of every host, on top of `STEADY`. */
  sysctls?: Sysctls;
  mtu?: number;
  /** Interfaces get IPv6 link-local addresses, and their chatter. Off by default. */
  ipv6?: boolean;
  /** false: the kernel cuts data into segments of the MTU itself, so that captures show what a wire would carry. */
  offload?: boolean;
  /** By default what the stage is. `loopback` on a stage with namespaces is its own, private loopback. */
  kind?: StageKind;
};

/**
 * What every host with a stack of its own has: a RST does not end TIME_WAIT (RFC 1337). An ACK and the FIN behind it that
 * two processors handle may change places on a veth cable; the ACK then comes in TIME_WAIT, is answered, and that answer
 * finds no socket and draws a RST: seen in one of twelve runs of six labs on a busy machine.
 */
const STEADY: Sysctls = { 'net.ipv4.tcp_rfc1337': 1 };

export class World {
  readonly kind: StageKind;
  readonly subnet: string;
  /** Kernel settings that every host was given; none on loopback. */
  readonly sysctls: Sysctls;
  readonly hosts: readonly Host[];
  readonly #crew: Crew;
  readonly #network: Network | undefined;
  readonly #cables: ReadonlyMap<string, Cable>;
  #rules = 0;
  #closing: Promise<void> | undefined;

  constructor(
    kind: StageKind,
    subnet: string,
    sysctls: Sysctls,
    hosts: readonly Host[],
    crew: Crew,
    network: Network | undefined,
    cables: ReadonlyMap<string, Cable>,
  ) {
    this.kind = kind;
    this.subnet = subnet;
    this.sysctls = sysctls;
    this.hosts = hosts;
    this.#crew = crew;
    this.#network = network;
    this.#cables = cables;
  }

  /** Throws `no-host` (usage). */
  host(name: string): Host {
    return this.hosts[this.#indexOf(name) - 1] ?? unknownHost(name);
  }

  /** The cable at that host; between two hosts it is the same for both. Throws `needs-namespaces` on loopback. */
  cable(hostName: string): Cable {
    this.#indexOf(hostName);
    return this.#cables.get(hostName) ?? needsNamespaces('a cable');
  }

  /** Loses packets on their way from now on. Resolves when the rule is in force. */
  async drop(spec: DropSpec): Promise<DropRule> {
    const network = this.#network ?? needsNamespaces('losing packets');
    const rule = nftRule(spec, (name) => this.#indexOf(name));
    this.#rules += 1;
    return DropRule.add(spec, network.panel.pid, `drop${this.#rules}`, rule);
  }

  /** Ends every process of the world (SIGTERM, after `graceMs` SIGKILL) and its hosts. Once more does nothing. */
  close(graceMs = 2_000): Promise<void> {
    this.#closing ??= this.#crew.endAll(graceMs).then(async () => {
      for (const host of this.hosts) host.forget();
      const holders = [...(this.#network?.holders ?? []), this.#network?.panel];
      await endHolders(holders.filter((holder) => holder !== undefined));
    });
    return this.#closing;
  }

  #indexOf(name: string): number {
    const at = this.hosts.findIndex((host) => host.name === name);
    return at < 0 ? unknownHost(name) : at + 1;
  }
}

/** Builds a world on this process's stage. Throws `no-stage`, `bad-hosts`, `bad-subnet`, and what the kernel refuses. */
export async function createWorld(plan: WorldPlan): Promise<World> {
  const stage = stageFacts();
  if (stage === undefined) {
    throw new KitError(
      'no-stage',
      'a world is made by a process on a stage (startStage), which cleans up behind it',
    );
  }
  const kind = plan.kind ?? stage.kind;
  if (kind === 'namespaces' && stage.kind !== 'namespaces') needsNamespaces('this world');
  const asked = parseSubnet(plan.subnet ?? '10.77.0.0/24');
  const subnet = kind === 'loopback' ? onLoopback(asked) : asked;
  checkNames(plan.hosts, subnet.capacity);
  const crew = new Crew();
  const started: HostProcess[] = [];
  // In a new namespace even the loopback interface is down.
  if (stage.kind === 'namespaces') await mustExec([], ['ip', 'link', 'set', 'lo', 'up']);
  try {
    const network =
      kind === 'loopback'
        ? undefined
        : await buildNetwork(
            {
              count: plan.hosts.length,
              subnet,
              mtu: plan.mtu ?? 1500,
              ipv6: plan.ipv6 ?? false,
              offload: plan.offload ?? true,
            },
            (holder) => started.push(holder),
          );
    const hosts = plan.hosts.map(
      (name, at) =>
        new Host({
          name,
          address: subnet.address(at + 1),
          subnet: subnet.text,
          interface: network === undefined ? 'lo' : HOST_INTERFACE,
          holder: network?.holders[at],
          crew,
        }),
    );
    const sysctls = network === undefined ? {} : { ...STEADY, ...plan.sysctls };
    await Promise.all(hosts.map((host) => host.setSysctls(sysctls)));
    return new World(kind, subnet.text, sysctls, hosts, crew, network, cablesOf(plan.hosts, network));
  } catch (error) {
    await endHolders(started);
    throw error;
  }
}

function cablesOf(names: readonly string[], network: Network | undefined): Map<string, Cable> {
  if (network === undefined) return new Map();
  const plugs = network.holders.map((holder, at) => ({ index: at + 1, holderPid: holder.pid }));
  const panelPid = network.panel.pid;
  const shared = plugs.length === 2 ? new Cable(panelPid, plugs) : undefined;
  return new Map(
    names.map((name, at) => [name, shared ?? new Cable(panelPid, plugs.slice(at, at + 1))] as const),
  );
}

async function endHolders(holders: readonly HostProcess[]): Promise<void> {
  for (const holder of holders) holder.kill('SIGKILL');
  await Promise.all(holders.map((holder) => holder.ended));
}

function checkNames(names: readonly string[], capacity: number): void {
  const bad = names.find((name) => !/^[a-z][a-z0-9-]{0,30}$/.test(name));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  const why =
    bad !== undefined
      ? text(
          `not a host name: ${JSON.stringify(bad)} (small letters, digits, hyphens)`,
          `不是主机名：${JSON.stringify(bad)}（小写字母、数字、连字符）`,
        )
      : twice !== undefined
        ? text(`two hosts have the name ${twice}`, `有两台主机都叫 ${twice}`)
        : names.length === 0 || names.length > capacity
          ? text(
              `${names.length} hosts, where 1 to ${capacity} find room`,
              `有 ${names.length} 台主机，而这里可以有 1 到 ${capacity} 台`,
            )
          : undefined;
  if (why !== undefined) throw new KitError('bad-hosts', why, { fault: 'usage' });
}

function unknownHost(name: string): never {
  throw new KitError(
    'no-host',
    text(`no host has the name ${JSON.stringify(name)}`, `没有名为 ${JSON.stringify(name)} 的主机`),
    { fault: 'usage' },
  );
}

function needsNamespaces(what: string): never {
  throw new KitError(
    'needs-namespaces',
    text(
      `${what} needs network namespaces, and this run is on loopback`,
      `${what} 需要网络命名空间，而本次运行在环回接口上`,
    ),
    {
      fault: 'machine',
      hint: text('chat-lab doctor says what this machine lacks', 'chat-lab doctor 会说明本机缺少什么'),
    },
  );
}
