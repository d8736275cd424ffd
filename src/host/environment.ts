/** Facts about the machine, for a report: what somebody else would have to know to see the same. */
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { exec } from './exec.ts';
import { findProgram } from './programs.ts';
import { stageFacts } from './stage-facts.ts';

export type Environment = {
  platform: string;
  kernel: string;
  /** `PRETTY_NAME` of /etc/os-release. */
  distribution: string | undefined;
  node: string;
  /** Undefined when not installed. */
  tcpdump: string | undefined;
  libpcap: string | undefined;
  iproute2: string | undefined;
  nft: string | undefined;
  utilLinux: string | undefined;
  cpu: string | undefined;
  cpuCount: number;
  memoryBytes: number;
  /** How this process's hosts are made; undefined off stage. */
  stage: 'namespaces' | 'loopback' | undefined;
  /** On a stage: whether it was made without root. Off stage: whether this process is not root. */
  rootless: boolean;
};

export async function readEnvironment(): Promise<Environment> {
  const [tcpdump, ip, nft, unshare] = await Promise.all([
    versionText('tcpdump', '--version'),
    versionText('ip', '-V'),
    versionText('nft', '--version'),
    versionText('unshare', '--version'),
  ]);
  const stage = stageFacts();
  return {
    platform: `${process.platform} ${process.arch}`,
    kernel: release(),
    distribution: distribution(),
    node: process.version,
    tcpdump: /tcpdump(?:\.\w+)? version (\S+)/.exec(tcpdump)?.[1],
    libpcap: /libpcap version (\S+)/.exec(tcpdump)?.[1],
    iproute2: /iproute2-([^\s,]+)/.exec(ip)?.[1],
    nft: /nftables v?(\S+)/.exec(nft)?.[1],
    utilLinux: /util-linux (\S+)/.exec(unshare)?.[1],
    cpu: cpus()[0]?.model,
    cpuCount: availableParallelism(),
    memoryBytes: totalmem(),
    stage: stage?.kind,
    rootless: stage?.rootless ?? process.geteuid?.() !== 0,
  };
}

async function versionText(program: string, option: string): Promise<string> {
  if (findProgram(program) === undefined) return '';
  const result = await exec([], [program, option], { boundMs: 5_000 });
  return `${result.stdout}\n${result.stderr}`;
}

function distribution(): string | undefined {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  } catch {
    // Not every system has that file.
    return undefined;
  }
}
