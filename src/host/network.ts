/**
 * Hosts and cables out of network namespaces.
 *
 * Between two hosts lies more than one veth pair. Taking one end of a veth pair down takes the carrier from the other
 * end only, and at its own end it is something else than a pulled cable: the route goes, and a send fails at once
 * instead of getting no answer. So each host's `eth0` is a veth pair to a bridge in a namespace of its own, the
 * *patch panel*: taking both of its ends down leaves both hosts as a pulled cable leaves them (NO-CARRIER, address and
 * route still there), and a packet that is dropped on the panel is in the sender's capture and not in the receiver's,
 * as one lost on its way is. A switch for many hosts is the same panel with more ports.
 */
import { readlinkSync } from 'node:fs';
import { english, KitError } from '../bytes/index.ts';
import { mustExec } from './exec.ts';
import { inNetworkOf } from './launchers.ts';
import { type HostProcess, launch } from './process.ts';
import type { Subnet } from './subnet.ts';

export const HOST_INTERFACE = 'eth0';
export const portOf = (index: number): string => `port${index}`;

/** Network namespaces, each named by the process that holds it. */
export type Network = { panel: HostProcess; holders: HostProcess[] };

export type NetworkPlan = { count: number; subnet: Subnet; mtu: number; ipv6: boolean; offload: boolean };

/** Builds panel, hosts and links; resolves when every link has its carrier. */
export async function buildNetwork(
  plan: NetworkPlan,
  started: (process: HostProcess) => void,
): Promise<Network> {
  const indices = Array.from({ length: plan.count }, (_, index) => index + 1);
  const panel = hold(started);
  await namespaceOf(panel);
  // A namespace made from now on gets a table of sockets of its own, small enough to be read in 50 µs (and not 3 ms).
  await mustExec([], ['sh', '-c', 'echo 256 > /proc/sys/net/ipv4/tcp_child_ehash_entries || true']);
  const holders = indices.map(() => hold(started));
  await Promise.all(holders.map(namespaceOf));
  await mustExec(inNetworkOf(panel.pid), ['ip', '-batch', '-'], { input: panelBatch(plan, holders) });
  await Promise.all(
    holders.map(async (holder, at) => {
      if (!plan.ipv6) await mustExec(inNetworkOf(holder.pid), ['sh', '-c', NO_IPV6]);
      await mustExec(inNetworkOf(holder.pid), ['ip', '-batch', '-'], { input: hostBatch(plan, at + 1) });
    }),
  );
  await Promise.all(holders.map((holder) => untilCarrier(holder.pid, HOST_INTERFACE, true)));
  return { panel, holders };
}

/** Without it every interface sends router solicitations and multicast reports, which nobody asked to see. */
const NO_IPV6 = 'echo 1 2>/dev/null > /proc/sys/net/ipv6/conf/all/disable_ipv6 || true';

/** A process that does nothing in a network namespace of its own. */
function hold(started: (process: HostProcess) => void): HostProcess {
  const holder = launch(['unshare', '-n', '--'], ['sleep', 'infinity'], { stdout: 'ignore' });
  started(holder);
  return holder;
}

/** Resolves when the holder has left our namespace. */
async function namespaceOf(holder: HostProcess): Promise<void> {
  const own = readlinkSync('/proc/self/ns/net');
  await poll(`${holder.describe()} in a namespace`, () => {
    if (holder.end !== undefined) {
      throw new KitError('no-namespaces', english(`unshare -n failed: ${holder.errors.text.trim()}`), {
        fault: 'machine',
      });
    }
    return Promise.resolve(readlinkSync(`/proc/${holder.pid}/ns/net`) !== own);
  });
}

function panelBatch(plan: NetworkPlan, holders: readonly HostProcess[]): string {
  const lines = ['link add panel type bridge stp_state 0 forward_delay 0 mcast_snooping 0'];
  for (const [at, holder] of holders.entries()) {
    const port = portOf(at + 1);
    lines.push(
      `link add ${port} mtu ${plan.mtu} type veth peer name ${HOST_INTERFACE} netns ${holder.pid}`,
      `link set ${port} master panel`,
      `link set ${port} up`,
    );
  }
  return [...lines, 'link set panel up'].join('\n');
}

function hostBatch(plan: NetworkPlan, index: number): string {
  const mac = `02:00:00:00:${hex(index >> 8)}:${hex(index & 255)}`;
  return [
    'link set lo up',
    `link set ${HOST_INTERFACE} address ${mac} mtu ${plan.mtu}`,
    ...(plan.offload ? [] : [`link set ${HOST_INTERFACE} gso_max_segs 1`]),
    `address add ${plan.subnet.address(index)}/${plan.subnet.prefix} dev ${HOST_INTERFACE}`,
    `link set ${HOST_INTERFACE} up`,
  ].join('\n');
}

const hex = (value: number): string => value.toString(16).padStart(2, '0');

/** Resolves when the interface's carrier is as wanted: the kernel tells its upper layers a moment after the change. */
export async function untilCarrier(pid: number, name: string, wanted: boolean): Promise<void> {
  await poll(
    `carrier ${wanted ? 'on' : 'off'} at ${name}`,
    async () => (await hasCarrier(pid, name)) === wanted,
  );
}

export async function hasCarrier(pid: number, name: string): Promise<boolean> {
  const text = await mustExec(inNetworkOf(pid), ['ip', '-json', 'link', 'show', 'dev', name]);
  const [link] = JSON.parse(text) as { flags: string[]; operstate: string }[];
  return link !== undefined && link.flags.includes('LOWER_UP') && link.operstate === 'UP';
}

async function poll(what: string, probe: () => Promise<boolean>, boundMs = 30_000): Promise<void> {
  const deadline = performance.now() + boundMs;
  while (!(await probe())) {
    if (performance.now() > deadline) {
      throw new KitError('not-in-time', english(`waited ${boundMs} ms in vain: ${what}`), {
        fault: 'machine',
      });
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
