/** A world as cells use it: hosts with programs on them, a cable to pull, sockets to look at. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KitError, text } from '../../bytes/index.ts';
import type { Language } from '../../check/index.ts';
import {
  type DropSpec,
  probeWorlds,
  type SocketChange,
  type SocketRow,
  startStage,
  type Sysctls,
  type WorldPlan,
} from '../../host/index.ts';
import { shownAs } from '../../repl/index.ts';
import type { CableHandle } from './cable-handle.ts';
import { HostSeat } from './host-seat.ts';
import { Caller } from './rpc.ts';
import { SocketTable } from './socket-table.ts';

export interface CaptureFiles {
  readonly files: readonly {
    readonly host: string;
    readonly address: string;
    readonly file: string;
    readonly captured: number;
    readonly dropped: number;
  }[];
  readonly changes: readonly SocketChange[];
  /** While all hosts were recorded; what passed before or after may be in the file of one of them only. */
  readonly between: { readonly fromMs: number; readonly toMs: number };
  /** How often each host's programs wrote while it was recorded. */
  readonly writes: Readonly<Record<string, number>>;
}

export class NotebookWorld {
  readonly kind: string;
  readonly hosts: readonly HostSeat[];
  /** Where its captures lie while it lives. */
  readonly folder: string;
  readonly #caller: Caller;
  readonly #end: () => Promise<unknown>;
  #writesBefore = new Map<string, number>();
  #closed = false;

  private constructor(
    kind: string,
    hosts: readonly HostSeat[],
    caller: Caller,
    language: Language,
    end: () => Promise<unknown>,
  ) {
    this.kind = kind;
    this.hosts = hosts;
    this.#caller = caller;
    this.#end = end;
    this.folder = mkdtempSync(join(tmpdir(), 'notebook-'));
    for (const host of hosts) if (!(host.name in this)) Object.assign(this, { [host.name]: host });
    shownAs(this, () => {
      const list = hosts.map(({ name, address }) => `${name} ${address}`).join(', ');
      return language === 'zh'
        ? `${hosts.length} 台主机的世界（${list}）${this.#closed ? '，已关闭' : ''}`
        : `a world of ${hosts.length} hosts (${list})${this.#closed ? ', closed' : ''}`;
    });
  }

  /**
   * Builds hosts and cables on a stage of their own. Throws what the machine lacks: `no-worlds` with the reason and what
   * mends it.
   */
  static async build(plan: WorldPlan, language: Language): Promise<NotebookWorld> {
    const file = import.meta.url.endsWith('.ts') ? './stage-main.ts' : './stage-main.js';
    const program = fileURLToPath(new URL(file, import.meta.url));
    const stage = startStage([process.execPath, program], { ability: await probeWorlds(), ipc: true });
    const caller = new Caller(stage.process, 'the world');
    const end = (): Promise<unknown> => stage.stop();
    try {
      await caller.ready;
      const built = (await caller.call('build', plan)) as {
        kind: string;
        hosts: { name: string; address: string }[];
      };
      const hosts = built.hosts.map((host) => new HostSeat(host.name, host.address, caller));
      return new NotebookWorld(built.kind, hosts, caller, language, end);
    } catch (error) {
      await end();
      throw error;
    }
  }

  host(name: string): HostSeat {
    const found = this.hosts.find((host) => host.name === name);
    if (found) return found;
    throw new KitError(
      'no-host',
      text(`no host has the name ${JSON.stringify(name)}`, `没有名为 ${JSON.stringify(name)} 的主机`),
      {
        fault: 'usage',
      },
    );
  }

  /** The cable between two hosts; with more of them, `host.cable`. */
  get cable(): CableHandle {
    const [first, , third] = this.hosts;
    if (first === undefined || third !== undefined) {
      throw new KitError(
        'which-cable',
        text('each host has a cable of its own here', '这里每台主机有自己的网线'),
        {
          fault: 'usage',
          hint: text('Say which: w.client.cable.unplug()', '请指明是哪一根：w.client.cable.unplug()'),
        },
      );
    }
    return first.cable;
  }

  /** The TCP sockets of all hosts now, TIME_WAIT among them, as the kernel has them. */
  async sockets(): Promise<SocketTable> {
    const found = (await this.#caller.call('sockets')) as { host: string; rows: SocketRow[] }[];
    return new SocketTable(found.flatMap(({ host, rows }) => rows.map((row) => ({ host, row }))));
  }

  /** Loses packets from now on, for which all that is given holds: `{ from: 'client', flags: ['fin'] }`. */
  async drop(spec: DropSpec): Promise<{ remove: () => Promise<void> }> {
    const id = await this.#caller.call('drop', spec);
    return {
      remove: async () => {
        await this.#caller.call('undrop', id);
      },
    };
  }

  /** Kernel settings of every host: `{ 'net.ipv4.tcp_retries2': 3 }`. */
  async set(sysctls: Sysctls): Promise<void> {
    for (const { name } of this.hosts) await this.#caller.call('setSysctls', name, sysctls);
  }

  async startCapture(filter: string): Promise<void> {
    this.#writesBefore = new Map(this.hosts.map(({ name, writes }) => [name, writes]));
    await this.#caller.call('startCapture', mkdtempSync(join(this.folder, 'capture-')), filter);
  }

  async stopCapture(): Promise<CaptureFiles> {
    const found = (await this.#caller.call('stopCapture')) as Omit<CaptureFiles, 'writes'>;
    const files = found.files.map((one) => ({ ...one, address: this.host(one.host).address }));
    const counts = this.hosts.map(({ name, writes }) => [name, writes - (this.#writesBefore.get(name) ?? 0)]);
    return { ...found, files, writes: Object.fromEntries(counts) as Record<string, number> };
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Ends every process of the world and its hosts. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
