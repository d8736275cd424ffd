/** The server under test, as the kernel shows it: its processes and threads, its descriptors, its sockets. */
import { readdirSync, readlinkSync } from 'node:fs';
import { endianness } from 'node:os';
import { familyOf, parseProcNet, readProc, type SocketRow, threadsOf, unlessGone } from '../../host/index.ts';
import type { ServerFacts } from './orders.ts';
import type { ProgramEnd } from './program-end.ts';

const numbersIn = (folder: string): number[] =>
  unlessGone(() => readdirSync(folder).filter((name) => /^\d+$/.test(name)), []).map(Number);

export class Watched {
  readonly pid: number;
  readonly port: number;
  end: ProgramEnd | undefined;
  #table: 'tcp' | 'tcp6' = 'tcp';

  constructor(pid: number, port: number) {
    this.pid = pid;
    this.port = port;
  }

  /** The process and its descendants: the command may be a shell that starts the server. */
  tree(): number[] {
    return familyOf(this.pid);
  }

  /** Sends a signal to all of them. Where the first one dies the others may go with it, before their turn. */
  signal(name: NodeJS.Signals, pids: readonly number[] = this.tree()): void {
    for (const pid of pids) unlessGone(() => process.kill(pid, name), false);
  }

  /** Whether any thread runs or is ready to: a machine with much to do may keep a good server waiting. */
  busy(): boolean {
    return this.tree().some((pid) =>
      threadsOf(pid).some((task) => {
        const stat = unlessGone(() => readProc(`/proc/${pid}/task/${task}/stat`), '');
        // The command in parentheses may hold anything, spaces and parentheses included (proc_pid_stat(5)).
        return /^[RD]/.test(stat.slice(stat.lastIndexOf(')') + 2));
      }),
    );
  }

  /** Those of the program, without the enclosure's around it. */
  #threads(): number {
    const own = (pid: number): boolean => unlessGone(() => readProc(`/proc/${pid}/comm`), '') !== 'bwrap\n';
    return this.tree()
      .filter(own)
      .reduce((sum, pid) => sum + threadsOf(pid).length, 0);
  }

  /** Processor time of the process, of its descendants and of all their threads, ended ones too; in steps of 10 ms. */
  processorMs(): number {
    return this.tree().reduce((sum, pid) => {
      const stat = unlessGone(() => readProc(`/proc/${pid}/stat`), '');
      // utime and stime are fields 14 and 15, in units of 1/100 s (proc_pid_stat(5), USER_HZ); the state is field 3.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return sum + (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * 10;
    }, 0);
  }

  descriptors(): number {
    return this.tree().reduce((sum, pid) => sum + numbersIn(`/proc/${pid}/fd`).length, 0);
  }

  /** The sockets of the server's port; of a stage on loopback, its own ends only. */
  sockets(): SocketRow[] {
    const rows = this.#read(this.#table);
    if (rows.some(({ state }) => state === 'LISTEN')) return rows;
    const other = this.#table === 'tcp' ? 'tcp6' : 'tcp';
    const others = this.#read(other);
    if (others.length === 0) return rows;
    this.#table = other;
    return [...rows, ...others];
  }

  listening(): boolean {
    return this.sockets().some(({ state }) => state === 'LISTEN');
  }

  /** The process that holds the listening socket: the command may be a shell, or a sandbox, that started it. */
  listener(): number {
    const inode = this.sockets().find(({ state }) => state === 'LISTEN')?.inode;
    const holds = (pid: number): boolean =>
      numbersIn(`/proc/${pid}/fd`).some(
        (fd) => unlessGone(() => readlinkSync(`/proc/${pid}/fd/${fd}`), '') === `socket:[${inode ?? 0}]`,
      );
    return this.tree().find(holds) ?? this.pid;
  }

  /** The server's end of the connection from `clientPort`. */
  socketOf(clientPort: number): SocketRow | undefined {
    return this.sockets().find((row) => row.state !== 'LISTEN' && row.remotePort === clientPort);
  }

  facts(clientPort: number | undefined): ServerFacts {
    const rows = this.sockets();
    const listener = rows.find(({ state }) => state === 'LISTEN');
    const own = clientPort === undefined ? undefined : rows.find((row) => row.remotePort === clientPort);
    return {
      end: this.end ?? null,
      busy: this.busy(),
      threads: this.#threads(),
      unsentElsewhere: Math.max(
        0,
        ...rows
          .filter((row) => row !== own && row.state !== 'LISTEN')
          .map(({ sendQueueBytes }) => sendQueueBytes),
      ),
      listening: listener !== undefined,
      unaccepted: listener?.receiveQueueBytes ?? 0,
      socket:
        own === undefined
          ? null
          : { state: own.state, unread: own.receiveQueueBytes, unsent: own.sendQueueBytes },
      closeWait: rows.filter(({ state }) => state === 'CLOSE_WAIT').length,
    };
  }

  #read(table: 'tcp' | 'tcp6'): SocketRow[] {
    const content = unlessGone(() => readProc(`/proc/${this.pid}/net/${table}`), '');
    return content === ''
      ? []
      : parseProcNet(content, table, endianness() === 'LE').filter(
          ({ localPort }) => localPort === this.port,
        );
  }
}
