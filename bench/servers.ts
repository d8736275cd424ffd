import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import type { Peer } from './peers.ts';

/** A server under test, running. */
export interface Subject {
  readonly peer: Peer;
  readonly port: number;
  /** Processor time of all its threads since it started, in nanoseconds. */
  cpuNs(): number;
  /** Its memory that is in RAM, in bytes; what the kernel holds for its sockets is not in it. */
  residentBytes(): number;
  stop(): Promise<void>;
}

/** Longer than any bench: nothing of it may outlive it. */
const LIFE_MS = 600_000;
const START_MS = 30_000;

/** Compiles `name`, and what belongs to it, of bench/c into `folder`. */
export async function compile(folder: string, name: string, ...parts: readonly string[]): Promise<string> {
  const source = (part: string): string => fileURLToPath(new URL(`c/${part}.c`, import.meta.url));
  const file = join(folder, name);
  await execa('cc', ['-O2', '-Wall', '-Wextra', '-Werror', '-o', file, ...[name, ...parts].map(source)], {
    stderr: 'inherit',
  });
  return file;
}

export const compileLoad = (folder: string): Promise<string> =>
  compile(folder, 'load', 'clp', 'resp', 'nats', 'mqtt', 'websocket');

/**
 * The command on one processor: servers on the first, the generator on the second. Where root runs the bench both have
 * real-time priority, so that what else the machine does shows as little as can be.
 */
export function pinned(cpu: number, command: readonly string[]): [string, string[]] {
  const words = ['taskset', '-c', String(cpu), ...command];
  const [file = '', ...args] = process.getuid?.() === 0 ? ['chrt', '--rr', '1', ...words] : words;
  return [file, args];
}

/** A folder for the run, gone with it. */
export function scratch(): { folder: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Starts a server; it listens when this resolves. Its output goes to a file, as a daemon's does. */
export async function startSubject(peer: Peer, folder: string): Promise<Subject> {
  const wanted = await freePort();
  const output = join(folder, `${peer.name.replaceAll(/\W+/g, '-')}.${wanted}.log`);
  const fd = openSync(output, 'w');
  const [file, args] = pinned(0, peer.command(wanted, folder));
  const child = spawn(file, args, { stdio: ['ignore', fd, fd], timeout: LIFE_MS });
  closeSync(fd);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${peer.name} does not start: taskset is in the package util-linux`);
  const ending = once(child, 'exit');
  const deadlineMs = performance.now() + START_MS;
  let port: number | undefined;
  while (port === undefined) {
    if (child.exitCode !== null || performance.now() > deadlineMs) {
      throw new Error(`${peer.name} does not listen: ${readFileSync(output, 'utf8')}`);
    }
    port = await listening(peer, wanted, output);
    if (port === undefined) await sleep(20);
  }
  return {
    peer,
    port,
    cpuNs: () => cpuNs(pid),
    residentBytes: () => residentBytes(pid),
    stop: async () => {
      child.kill('SIGTERM');
      await ending;
    },
  };
}

/** The port, once a connection to it succeeds. */
async function listening(peer: Peer, wanted: number, output: string): Promise<number | undefined> {
  const said = peer.printsPort
    ? /^(\d+)$|"port":(\d+)/m.exec(readFileSync(output, 'utf8'))
    : ['', String(wanted)];
  if (said === null) return undefined;
  const port = Number(said[1] ?? said[2]);
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return port;
  } catch {
    // Not yet: the caller tries again, and has a deadline.
    return undefined;
  } finally {
    socket.destroy();
  }
}

/** A port that was free a moment ago, for servers that cannot choose one themselves. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port is free');
  return address.port;
}

/** sched/schedstat: the first number is the time on a processor, in nanoseconds. */
function cpuNs(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  let sum = 0;
  for (const task of readdirSync(tasks)) {
    sum += Number(readFileSync(join(tasks, task, 'schedstat'), 'latin1').split(' ')[0]);
  }
  return sum;
}

function residentBytes(pid: number): number {
  const kb = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  if (kb === undefined) throw new Error(`process ${pid} has ended`);
  return Number(kb) * 1024;
}
