/** The server under test, as the kernel shows it: its processes and threads, its descriptors, its sockets. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { endianness } from 'node:os';
import { parseProcNet, type SocketRow } from '../../host/index.ts';
import type { ServerEnd, ServerFacts } from './orders.ts';

/** A process or a file of /proc may be gone between two looks; that is no error but what we wanted to know. */
function look<T>(read: () => T, gone: T): T {
  try {
    return read();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return gone;
    throw error;
  }
}

const numbersIn = (folder: string): number[] =>
  look(() => readdirSync(folder).filter((name) => /^\d+$/.test(name)), []).map(Number);

export class Watched {
  readonly pid: number;
  readonly port: number;
  end: ServerEnd | undefined;
  #table: 'tcp' | 'tcp6' = 'tcp';

  constructor(pid: number, port: number) {
    this.pid = pid;
    this.port = port;
  }

  /** The process and its descendants: the command may be a shell that starts the server. */
  tree(): number[] {
    const pids = [this.pid];
    for (const pid of pids) {
      for (const task of numbersIn(`/proc/${pid}/task`)) {
        const children = look(() => readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1'), '');
        pids.push(...children.split(' ').filter(Boolean).map(Number));
      }
    }
    return pids;
  }

  /** Sends a signal to all of them. Where the first one dies the others may go with it, before their turn. */
  signal(name: NodeJS.Signals, pids: readonly number[] = this.tree()): void {
    for (const pid of pids) look(() => process.kill(pid, name), false);
  }

  /** Whether any thread runs or is ready to: a machine with much to do may keep a good server waiting. */
  busy(): boolean {
    return this.tree().some((pid) =>
      numbersIn(`/proc/${pid}/task`).some((task) => {
        const stat = look(() => readFileSync(`/proc/${pid}/task/${task}/stat`, 'latin1'), '');
        // The command in parentheses may hold anything, spaces and parentheses included (proc_pid_stat(5)).
        return /^[RD]/.test(stat.slice(stat.lastIndexOf(')') + 2));
      }),
    );
  }

  /** Those of the program, without the enclosure's around it. */
  #threads(): number {
    const own = (pid: number): boolean =>
      look(() => readFileSync(`/proc/${pid}/comm`, 'latin1'), '') !== 'bwrap\n';
    return this.tree()
      .filter(own)
      .reduce((sum, pid) => sum + numbersIn(`/proc/${pid}/task`).length, 0);
  }

  /** Processor time of the process, of its descendants and of all their threads, ended ones too; in steps of 10 ms. */
  processorMs(): number {
    return this.tree().reduce((sum, pid) => {
      const stat = look(() => readFileSync(`/proc/${pid}/stat`, 'latin1'), '');
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
        (fd) => look(() => readlinkSync(`/proc/${pid}/fd/${fd}`), '') === `socket:[${inode ?? 0}]`,
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
    const content = look(() => readFileSync(`/proc/${this.pid}/net/${table}`, 'latin1'), '');
    return content === ''
      ? []
      : parseProcNet(content, table, endianness() === 'LE').filter(
          ({ localPort }) => localPort === this.port,
        );
  }
}
