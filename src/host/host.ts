import { type Capture, type CaptureOptions, startCapture } from './capture.ts';
import type { Crew } from './crew.ts';
import { exec, type ExecOptions, type ExecResult } from './exec.ts';
import { dieWithParent, inNetworkOf } from './launchers.ts';
import { type Listener, readListeners } from './listeners.ts';
import { type HostProcess, launch, type SpawnOptions } from './process.ts';
import { SocketReader } from './socket-reader.ts';
import type { SocketRow } from '../kernel/index.ts';
import { getSysctls, setSysctls, type Sysctls } from './sysctl.ts';
import { KitError, text } from '../bytes/index.ts';

type HostParts = {
  name: string;
  address: string;
  subnet: string;
  interface: string;
  /** Keeps the namespace; undefined on loopback, where the machine's own is used. */
  holder: HostProcess | undefined;
  crew: Crew;
};

/** One machine of a world: an address, processes, a wire to listen to, sockets to look at. */
export class Host {
  readonly name: string;
  readonly address: string;
  /** The interface with that address: `eth0`, on loopback `lo`. */
  readonly interface: string;
  readonly #parts: HostParts;
  #reader: SocketReader | undefined;

  constructor(parts: HostParts) {
    this.name = parts.name;
    this.address = parts.address;
    this.interface = parts.interface;
    this.#parts = parts;
  }

  /** The process whose network namespace this host is: `/proc/<pid>/net`, `nsenter -t <pid> -n`. */
  get namespacePid(): number {
    return this.#parts.holder?.pid ?? process.pid;
  }

  /**
   * Starts a process on this host: a real child of ours with a pid of its own. It is ended by `world.close()` and by
   * any end of the stage. Throws `no-<program>`, `spawn-failed`, `host-gone`.
   */
  spawn(command: string, args: readonly string[] = [], options: SpawnOptions = {}): HostProcess {
    const child = launch(this.#launchers(), [command, ...args], options);
    this.#parts.crew.add(child);
    return child;
  }

  /** Runs a short command to its end. A non-zero exit code is a value. */
  exec(command: string, args: readonly string[] = [], options: ExecOptions = {}): Promise<ExecResult> {
    return exec(this.#launchers(), [command, ...args], options, (child) => this.#parts.crew.add(child));
  }

  /** Starts tcpdump; resolves when it listens. On loopback it sees this world's addresses only. */
  capture(options: CaptureOptions): Promise<Capture> {
    const own = this.#parts.holder === undefined ? `net ${this.#parts.subnet}` : undefined;
    const filter = [own, options.filter].filter((part) => part !== undefined && part !== '').join(') and (');
    return startCapture((args, spawnOptions) => this.spawn('tcpdump', args, spawnOptions), {
      ...options,
      interface: options.interface ?? this.interface,
      ...(filter === '' ? {} : { filter: `(${filter})` }),
    });
  }

  /**
   * The TCP sockets of this host, TIME_WAIT and SYN_RECV included, in the kernel's order. On loopback, where all
   * hosts share one table: those with this host's address as the local one, and listeners on all addresses.
   */
  readSockets(): SocketRow[] {
    return this.socketReader().read();
  }

  /** The reader behind `readSockets`, for a sampler. */
  socketReader(): SocketReader {
    this.#reader ??= new SocketReader(
      this.namespacePid,
      this.#parts.holder === undefined ? this.address : undefined,
    );
    return this.#reader;
  }

  /** Listening sockets with the fill and the limit of their accept queues (from `ss`); on loopback those on its address. */
  async readListeners(): Promise<Listener[]> {
    const all = await readListeners((command) => this.#run(command));
    return this.#parts.holder === undefined ? all.filter(({ address }) => address === this.address) : all;
  }

  /** Sets kernel settings of this host and reads them back. */
  async setSysctls(values: Sysctls): Promise<void> {
    if (this.#parts.holder === undefined && Object.keys(values).length > 0) {
      throw new KitError(
        'needs-namespaces',
        text(
          'on loopback a kernel setting would be the whole machine’s',
          '在环回接口上，内核设置会影响整台机器',
        ),
        {
          fault: 'machine',
        },
      );
    }
    await setSysctls((command) => this.#run(command), values);
  }

  getSysctls(names: readonly string[]): Promise<Record<string, string>> {
    return getSysctls((command) => this.#run(command), names);
  }

  /** Closes what is held open; the world calls it. */
  forget(): void {
    this.#reader?.close();
    this.#reader = undefined;
  }

  #run(command: readonly string[]): Promise<ExecResult> {
    const [program = '', ...args] = command;
    return this.exec(program, args);
  }

  #launchers(): string[] {
    const { holder } = this.#parts;
    if (holder === undefined) return dieWithParent();
    if (holder.end !== undefined) {
      throw new KitError(
        'host-gone',
        text(
          `the host ${this.name} is gone: the process that held it was killed`,
          `主机 ${this.name} 已不存在：维持它的进程被杀死了`,
        ),
        {
          fault: 'machine',
        },
      );
    }
    return inNetworkOf(holder.pid);
  }
}
