/** A running lab, by the evidence that it writes: what the applications said, the kernel's changes, the captures. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { KitError, text, type Text } from '../../bytes/index.ts';
import {
  APP_RECORD,
  type AppRecord,
  CALLS_FILE,
  EVIDENCE_FILE,
  MANIFEST,
  type Manifest,
  SOCKET_RECORD,
  type SocketRecord,
  SOCKETS_FILE,
} from '../../check/index.ts';
import type { AppProtocol } from '../../tcp/index.ts';
import type { Connection, LadderReading, LogLine, Reading, Source, Totals } from '../snapshot.ts';
import type { Language, Words } from '../words.ts';
import { connectionOf, type KernelRow, localOf, remoteOf } from './sockets.ts';
import { Tail } from './tail.ts';
import { WireTap } from './wire-tap.ts';

export interface LabOptions {
  readonly words: Words;
  readonly language: Language;
  readonly protocols: readonly AppProtocol[];
}

/** Attaches to a run by its directory. Throws KitError `no-evidence` (usage) when it is none. */
export function openLab(directory: string, options: LabOptions): Source {
  return new LabSource(directory, options);
}

const NONE: Totals = { requests: 0, bytesIn: 0, bytesOut: 0 };
/** The server's process in a lab. */
const SERVER = 'chatd';

class LabSource implements Source {
  readonly #directory: string;
  readonly #options: LabOptions;
  readonly #calls: Tail;
  readonly #sockets: Tail;
  readonly #taps = new Map<string, WireTap>();
  /** Of each host, by both ends. */
  readonly #rows = new Map<string, Map<string, KernelRow>>();
  /** The server's clients: by their address their number, by their number what they did. */
  readonly #numbers = new Map<string, number>();
  readonly #counts = new Map<number, Totals>();
  #totals = NONE;
  #manifest: Manifest;

  constructor(directory: string, options: LabOptions) {
    this.#directory = directory;
    this.#options = options;
    this.#manifest = readManifest(directory);
    this.#calls = new Tail(join(directory, CALLS_FILE));
    this.#sockets = new Tail(join(directory, SOCKETS_FILE));
  }

  read(chosen: string | undefined): Promise<Reading> {
    this.#manifest = readManifest(this.#directory);
    const { lab, status, phases, hosts } = this.#manifest;
    const log = [...this.#readCalls(), ...this.#readSockets()].sort((one, other) => one.atMs - other.atMs);
    for (const { name } of hosts) {
      if (!this.#taps.has(name))
        this.#taps.set(name, new WireTap(join(this.#directory, `${name}.pcap`), this.#options.protocols));
      this.#taps.get(name)?.read();
    }
    const { facts, over } = this.#options.words;
    const phase = phases.at(-1);
    return Promise.resolve({
      ...{ atMs: Date.now(), log, totals: this.#totals },
      heading: {
        title: `lab ${lab}`,
        facts: [
          [facts.status, status],
          ...(phase === undefined ? [] : [[facts.phase, phase.id] as const]),
          [facts.protocol, this.#manifest.protocol.name],
        ],
      },
      connections: this.#connections(),
      ladder: this.#ladder(chosen),
      trouble: status === 'running' ? undefined : over(status),
    });
  }

  close(): Promise<void> {
    for (const one of [this.#calls, this.#sockets, ...this.#taps.values()]) one.close();
    return Promise.resolve();
  }

  #readCalls(): LogLine[] {
    const lines: LogLine[] = [];
    for (const text of this.#calls.lines()) {
      const record = parsed(APP_RECORD, text);
      if (record === undefined) continue;
      const line = this.#take(record);
      if (line !== undefined) lines.push(line);
    }
    return lines;
  }

  #take(record: AppRecord): LogLine | undefined {
    const who = `${record.host}/${record.process}`;
    const line = (tone: LogLine['tone'], text: string): LogLine => ({
      atMs: record.atUs / 1000,
      tone,
      text: `${who} ${text}`,
    });
    switch (record.kind) {
      case 'started':
        return line('plain', `pid ${record.pid}: ${record.command.join(' ')}`);
      case 'ended':
        return line('plain', `pid ${record.pid} ended: ${record.signal ?? record.code ?? ''}`);
      case 'throw':
        return line('bad', `${record.operation}: ${record.code}: ${record.message}`);
      case 'connected':
        return line(
          'good',
          `${record.local.address}:${record.local.port} → ${record.remote.address}:${record.remote.port}`,
        );
      case 'log': {
        const { client, remote } = record.fields;
        if (record.event === 'connected' && typeof client === 'number' && typeof remote === 'string')
          this.#numbers.set(remote, client);
        return line(
          'plain',
          [record.event, client, remote]
            .filter((part) => typeof part === 'string' || typeof part === 'number')
            .join(' '),
        );
      }
      case 'packet':
        if (record.process === SERVER) this.#count(record.connection, record.direction, record.bytes);
        return undefined;
      case 'call':
      case 'return':
      case 'write':
        return undefined;
    }
  }

  #count(client: number, direction: 'sent' | 'received', bytes: number): void {
    const add = ({ requests, bytesIn, bytesOut }: Totals): Totals =>
      direction === 'received'
        ? { requests: requests + 1, bytesIn: bytesIn + bytes, bytesOut }
        : { requests, bytesIn, bytesOut: bytesOut + bytes };
    this.#counts.set(client, add(this.#counts.get(client) ?? NONE));
    this.#totals = add(this.#totals);
  }

  #readSockets(): LogLine[] {
    const lines: LogLine[] = [];
    for (const text of this.#sockets.lines()) {
      const record = parsed(SOCKET_RECORD, text);
      if (record === undefined) continue;
      const line = this.#see(record);
      if (line !== undefined) lines.push(line);
    }
    return lines;
  }

  #see(record: SocketRecord): LogLine | undefined {
    switch (record.kind) {
      case 'gap':
        return undefined;
      case 'heartbeat':
      case 'snapshot':
        this.#rows.set(record.host, new Map(record.rows.map((row) => [endsOf(row), row])));
        return undefined;
      case 'change': {
        const { host, row, change, before } = record;
        const rows = this.#rows.get(host) ?? new Map<string, KernelRow>();
        this.#rows.set(host, rows);
        if (change === 'gone') rows.delete(endsOf(row));
        else rows.set(endsOf(row), row);
        const now = change === 'gone' ? '-' : row.state;
        const was = change === 'appeared' ? '-' : (before?.state ?? row.state);
        if (now === was) return undefined;
        return {
          atMs: record.seenUs / 1000,
          tone: 'plain',
          text: this.#options.words.socket(host, endsOf(row), was, now),
        };
      }
    }
  }

  /** A row for each socket of each host. */
  #connections(): Connection[] {
    const all = [...this.#rows].flatMap(([host, rows]) => [...rows.values()].map((row) => ({ host, row })));
    const byEnds = new Map(all.map(({ host, row }) => [`${localOf(row)} ${remoteOf(row)}`, { host, row }]));
    return all.map(({ host, row }) => {
      const peer = row.state === 'LISTEN' ? undefined : byEnds.get(`${remoteOf(row)} ${localOf(row)}`);
      const made = connectionOf(row, host, peer?.row);
      const id = this.#numbers.get(remoteOf(row));
      return {
        ...made,
        // Both halves are rows of their own here, on different hosts.
        key: `${host} ${made.key}`,
        id,
        ...(id === undefined ? {} : (this.#counts.get(id) ?? NONE)),
      };
    });
  }

  #ladder(chosen: string | undefined): LadderReading | undefined {
    if (chosen === undefined) return undefined;
    const [host = ''] = chosen.split(' ', 1);
    return this.#taps.get(host)?.ladder(chosen.slice(host.length + 1));
  }
}

/** Undefined for a line that no run of this version writes: half of one, where a disk was full, or anything. */
function parsed<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof z.ZodError) return undefined;
    throw error;
  }
}

const endsOf = (row: KernelRow): string => `${localOf(row)} ${row.state === 'LISTEN' ? '*' : remoteOf(row)}`;

function readManifest(directory: string): Manifest {
  const path = join(directory, EVIDENCE_FILE);
  const problem = (why: Text): KitError =>
    new KitError(
      'no-evidence',
      text(`${directory} is no directory of a run: ${why.en}`, `${directory} 不是一次运行的目录：${why.zh}`),
      {
        fault: 'usage',
        hint: text(
          'Give the directory that chat-lab run writes, such as runs/01-connect-20261120-113800.',
          '请给出 chat-lab run 写出的目录，例如 runs/01-connect-20261120-113800。',
        ),
      },
    );
  if (!existsSync(path))
    throw problem(text(`there is no ${EVIDENCE_FILE} in it`, `其中没有 ${EVIDENCE_FILE}`));
  const manifest = parsed(MANIFEST, readFileSync(path, 'utf8'));
  if (manifest === undefined)
    throw problem(text(`${EVIDENCE_FILE} is of another version`, `${EVIDENCE_FILE} 是另一个版本的`));
  return manifest;
}
