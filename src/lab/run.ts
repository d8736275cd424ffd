import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { KitError, text } from '../bytes/index.ts';
import type { Text, Variant } from '../check/index.ts';
import { nowUs } from '../clock/index.ts';
import type { Host, HostProcess, Sampler, SocketRow, World } from '../host/index.ts';
import { chatdArguments, listening, type ServerHandle, type ServerOptions } from './chatd.ts';
import { ClientHandle } from './client-handle.ts';
import type { EvidenceWriter } from './evidence-writer.ts';
import { Launcher } from './launcher.ts';
import { PeerHandle } from './peer-handle.ts';
import { programPath } from './programs.ts';
import { makeScratch } from './scratch.ts';

/** Bounds against hanging, not measures of speed: on a busy machine a process of Node needs seconds to start. */
const START_BOUND_MS = 60_000;
const CONDITION_BOUND_MS = 30_000;

type Facts = Record<string, number | string | boolean>;

export interface RunParts {
  readonly world: World;
  readonly writer: EvidenceWriter;
  readonly sampler: Sampler;
  readonly variant: Variant;
  /** Is this socket the lab's? On loopback the machine's own are in the same table. */
  readonly concerns: (row: { readonly localPort: number; readonly remotePort: number }) => boolean;
  readonly parameters: Readonly<Facts>;
  readonly directory: string;
  /** The description that this run's processes read; it lies in the evidence directory. */
  readonly protocolFile: string;
  /** Rejects when the run must not go on: interrupted, out of time, or a witness died. */
  readonly doom: Promise<never>;
  /** Makes `doom` reject. */
  readonly strike: (error: KitError) => void;
  readonly progress: (step: Text, done: number, total: number) => void;
}

/** What a scenario has at hand: hosts, processes, witnesses. Everything that it starts ends with the run. */
export class Run {
  readonly world: World;
  readonly variant: Variant;
  readonly parameters: Readonly<Facts>;
  readonly #parts: RunParts;
  #clients = 0;
  readonly #launcher: Launcher;

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#launcher = new Launcher((record) => parts.writer.call(record), parts.strike);
    this.world = parts.world;
    this.variant = parts.variant;
    this.parameters = parts.parameters;
  }

  /** A number of lab.yaml's parameters. */
  number(name: string): number {
    const value = this.parameters[name];
    if (typeof value === 'number') return value;
    throw new KitError('bad-lab', `lab.yaml has no number ${name} among its parameters`);
  }

  /** A folder for the configuration and the temporary files of programs; it goes when the run ends. */
  scratch(): string {
    return makeScratch(this.#parts.directory);
  }

  /** The address of a host on its own loopback interface. */
  loopback(hostName: string): string {
    return loopbackAddress(this.world, this.world.host(hostName));
  }

  /**
   * The address that a program on the host must be told to connect from. Only on loopback, where all hosts share one
   * network stack and the kernel would choose 127.0.0.1 for each; otherwise undefined, since a host has one address.
   */
  sourceAddress(hostName: string): string | undefined {
    return this.world.kind === 'loopback' ? this.world.host(hostName).address : undefined;
  }

  /** Starts chatd on a host and resolves when it listens. */
  async startServer(hostName: string, options: ServerOptions = {}): Promise<ServerHandle> {
    const host = this.world.host(hostName);
    const port = options.port ?? this.variant.port;
    const args = chatdArguments(host, port, this.#parts.protocolFile, options);
    const child = this.#launcher.node(host, 'chatd', args, { stderr: 'stream' });
    // Until it listens, its end is explained by what it says itself.
    this.mayEnd(child);
    const ready = listening(child, host, (record) => this.#parts.writer.call(record));
    await this.#bounded(`chatd listens on ${host.address}:${port}`, ready, START_BOUND_MS);
    this.#launcher.mustStay(child);
    return {
      process: child,
      address: host.address,
      port,
      stop: async () => {
        this.mayEnd(child);
        await child.stop(5_000);
      },
    };
  }

  /** Starts a client process on a host; it does nothing until it is told to. */
  async startClient(hostName: string): Promise<ClientHandle> {
    const host = this.world.host(hostName);
    const name = `client-${++this.#clients}`;
    const own = this.sourceAddress(hostName) ?? '';
    const args = [programPath('actor', import.meta.url), this.#parts.protocolFile, host.name, name, own];
    const child = this.#launcher.node(host, name, args, { ipc: true });
    const client = new ClientHandle(child, (records) => {
      for (const record of records) this.#parts.writer.call(record);
    });
    await this.#bounded(`${name} starts`, client.ready, START_BOUND_MS);
    return client;
  }

  /** Starts a process that uses sockets by themselves, without the chat protocol; it does what it is told. */
  async startPeer(hostName: string, name: string): Promise<PeerHandle> {
    const host = this.world.host(hostName);
    const own = this.sourceAddress(hostName) ?? '';
    const args = [programPath('peer', import.meta.url), host.name, name, own];
    const child = this.#launcher.node(host, name, args, { ipc: true });
    const peer = new PeerHandle(child, (records) => {
      for (const record of records) this.#parts.writer.call(record);
    });
    await this.#bounded(`${name} starts`, peer.ready, START_BOUND_MS);
    return peer;
  }

  /**
   * Starts any program on a host. Its lines become testimony (`log` records with event `stdout` or `stderr`), and its
   * end is part of the scenario.
   */
  startProgram(
    hostName: string,
    name: string,
    command: readonly string[],
    stdin?: 'pipe',
  ): { readonly process: HostProcess; readonly lines: readonly string[] } {
    const lines: string[] = [];
    const host = this.world.host(hostName);
    const { writer } = this.#parts;
    const child = this.#launcher.program(host, name, command, {
      stdout: 'stream',
      stderr: 'stream',
      ...(stdin === undefined ? {} : { stdin }),
    });
    this.mayEnd(child);
    for (const event of ['stdout', 'stderr'] as const) {
      const stream = child[event];
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        const base = { atUs: nowUs(), host: host.name, process: name };
        writer.call({ ...base, kind: 'log', event, fields: { line: line.slice(0, 4000) } });
      });
    }
    return { process: child, lines };
  }

  /** Something that the lab itself did, as a record: a cable pulled, a signal sent. */
  note(hostName: string, event: string, fields: Readonly<Record<string, unknown>> = {}): number {
    const atUs = nowUs();
    this.#parts.writer.call({
      atUs,
      host: hostName,
      process: 'lab',
      kind: 'log',
      event,
      fields: { ...fields },
    });
    return atUs;
  }

  /** Ends a client process that has nothing left to do. */
  async end(client: { readonly process: HostProcess }): Promise<void> {
    this.mayEnd(client.process);
    await client.process.stop();
  }

  /** From now on the end of this process is no accident: it is about to be killed, or told to leave. */
  mayEnd(process: HostProcess): void {
    this.#launcher.mayEnd(process);
  }

  /** The scenario is over; what ends now ends because the run does. */
  over(): void {
    this.#launcher.over();
  }

  /** A part of the scenario with a name, a beginning and an end; `facts` are for the checks. */
  async phase<T>(id: string, facts: Facts, body: (facts: Facts) => Promise<T>): Promise<T> {
    const phase = { id, startedAtUs: nowUs(), endedAtUs: null as number | null, facts };
    const { writer, doom } = this.#parts;
    writer.manifest.phases.push(phase);
    writer.save();
    const result = await Promise.race([body(facts), doom]);
    phase.endedAtUs = nowUs();
    writer.save();
    return result;
  }

  /** All sockets of all hosts now, under a name that the report uses. */
  snapshot(label: string): void {
    this.#parts.sampler.look();
    for (const host of this.world.hosts) {
      const rows = host.readSockets().filter(this.#parts.concerns);
      this.#parts.writer.socket({ kind: 'snapshot', host: host.name, label, rows, seenUs: nowUs() });
    }
  }

  /** Waits until `probe` is true, looking at it every few milliseconds. Throws `not-in-time` with `what`. */
  async until(what: string, probe: () => boolean, boundMs = CONDITION_BOUND_MS): Promise<void> {
    const deadline = performance.now() + boundMs;
    while (!probe()) {
      if (performance.now() > deadline) {
        throw new KitError('not-in-time', inVain(boundMs, what), {
          fault: 'machine',
        });
      }
      await Promise.race([new Promise((resolve) => setTimeout(resolve, 2)), this.#parts.doom]);
    }
  }

  /** Waits until a host's table has such a socket, or (`false`) has it no more. */
  untilSocket(
    hostName: string,
    what: string,
    matches: (row: SocketRow) => boolean,
    there = true,
    boundMs = CONDITION_BOUND_MS,
  ): Promise<void> {
    const host = this.world.host(hostName);
    return this.until(
      `${hostName}: ${what}${there ? '' : ' is gone'}`,
      () => host.readSockets().some(matches) === there,
      boundMs,
    );
  }

  progress(step: Text, done: number, total: number): void {
    this.#parts.progress(step, done, total);
  }

  async #bounded<T>(what: string, done: Promise<T>, boundMs: number): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new KitError('not-in-time', inVain(boundMs, what), { fault: 'machine' }));
      }, boundMs);
    });
    try {
      return await Promise.race([done, late, this.#parts.doom]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Where all hosts share the machine's loopback interface each has an address of its own on it. */
export const loopbackAddress = (world: World, host: Host): string =>
  world.kind === 'loopback' ? host.address : '127.0.0.1';

/** Where a host's packets go. */
export const captureFile = (directory: string, host: string): string => join(directory, `${host}.pcap`);

const inVain = (boundMs: number, what: string): Text =>
  text(`waited ${boundMs} ms in vain: ${what}`, `等待 ${boundMs} 毫秒仍未等到：${what}`);
