/** A running chatd: its control socket says what it knows, the kernel what its sockets are, tcpdump what was sent. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { KitError } from '../../bytes/index.ts';
import { type Capture, captureHere, SocketReader } from '../../host/index.ts';
import { askControl, formatEndpoint } from '../../net/index.ts';
import type { AppProtocol } from '../../tcp/index.ts';
import { short } from '../figures.ts';
import {
  type Connection,
  type LadderReading,
  type LogLine,
  pairKey,
  type Reading,
  type Rung,
  type Source,
  type Totals,
} from '../snapshot.ts';
import type { Words } from '../words.ts';
import { connectionOf, type KernelRow, localOf, remoteOf } from './sockets.ts';
import { WireTap } from './wire-tap.ts';

const endpoint = z.object({ address: z.string(), port: z.int() });
const row = z.object({
  ...{ id: z.int(), name: z.string(), address: z.string(), port: z.int() },
  ...{ requests: z.int(), bytesIn: z.int(), bytesOut: z.int(), unsentBytes: z.int() },
});
type Row = z.infer<typeof row>;

const event = z.discriminatedUnion('event', [
  z.object({ event: z.literal('connected'), client: z.int(), remote: endpoint }),
  z.object({ event: z.literal('refused'), remote: endpoint, status: z.string(), text: z.string() }),
  z.object({
    event: z.literal('disconnected'),
    ...{ client: z.int(), why: z.string(), requests: z.int(), bytesIn: z.int(), bytesOut: z.int() },
  }),
  z.object({ event: z.literal('bad-packet'), client: z.int(), message: z.string() }),
  z.object({ event: z.literal('unencodable'), message: z.string() }),
  z.object({ event: z.literal('failed'), message: z.string() }),
  z.object({ event: z.literal('accept-failed'), message: z.string() }),
  z.object({ event: z.literal('closing'), clients: z.int() }),
]);
type ServerEvent = z.infer<typeof event>;

const packet = z.object({
  ...{ client: z.int(), direction: z.enum(['received', 'sent']) },
  ...{ type: z.string(), request: z.int(), bytes: z.int() },
});
const moment = z.discriminatedUnion('kind', [
  z.object({ seq: z.int(), atMs: z.number(), kind: z.literal('event'), event }),
  z.object({ seq: z.int(), atMs: z.number(), kind: z.literal('packet'), ...packet.shape }),
]);
const answerSchema = z.object({
  ...{ pid: z.int(), clients: z.int(), accepted: z.int(), unconfirmed: z.int(), rssBytes: z.int() },
  rows: z.array(row),
  seq: z.int(),
  moments: z.array(moment),
});
type Answer = z.infer<typeof answerSchema>;

export interface ChatdTarget {
  readonly control: string;
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  readonly protocol: string;
}

export interface ChatdOptions {
  readonly words: Words;
  /** To name what the segments carry. */
  readonly protocols: readonly AppProtocol[];
  /** Try to have a capture; without the right to it the ladder is what the server saw. */
  readonly capture: boolean;
}

/** Attaches to a chatd. Throws KitError `no-answer` (machine) when it does not answer now. */
export async function openChatd(target: ChatdTarget, options: ChatdOptions): Promise<Source> {
  await askControl(target.control, 'watch 0');
  const source = new ChatdSource(target, options);
  if (options.capture) source.listen();
  return source;
}

const KEPT_RUNGS = 200;

class ChatdSource implements Source {
  readonly #target: ChatdTarget;
  readonly #options: ChatdOptions;
  readonly #sockets: SocketReader | undefined;
  #seq = 0;
  #last: { answer: Answer; connections: Connection[] } | undefined;
  #totals: Totals = { requests: 0, bytesIn: 0, bytesOut: 0 };
  readonly #seen = new Map<number, Totals>();
  #watched: number | undefined;
  #rungs: Rung[] = [];
  #listening: Promise<void> | undefined;
  #broken: Error | undefined;
  #wire: { readonly capture: Capture; readonly tap: WireTap; readonly folder: string } | undefined;

  constructor(target: ChatdTarget, options: ChatdOptions) {
    this.#target = target;
    this.#options = options;
    // Its own network namespace may be another than ours; elsewhere than on Linux there is no such table.
    this.#sockets = process.platform === 'linux' ? new SocketReader(target.pid, undefined) : undefined;
  }

  /** Starts tcpdump on the server's port, if we may. The picture need not wait for it. */
  listen(): void {
    this.#listening = this.#capture().catch((error: unknown) => {
      this.#broken = error instanceof Error ? error : new Error(String(error));
    });
  }

  async #capture(): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'chat-lab-top-'));
    const file = join(folder, 'top.pcap');
    try {
      const capture = await captureHere({
        ...{ file, interface: 'any', immediate: true, snapLength: 256 },
        filter: `tcp port ${this.#target.port}`,
      });
      this.#wire = { capture, folder, tap: new WireTap(file, this.#options.protocols, this.#target.port) };
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      // No tcpdump, or no right to use it: the server's own word is left.
      if (!(error instanceof KitError)) throw error;
    }
  }

  async read(chosen: string | undefined): Promise<Reading> {
    if (this.#broken !== undefined) throw this.#broken;
    const { words } = this.#options;
    const client = this.#last?.connections.find(({ key }) => key === chosen)?.id;
    if (client !== this.#watched) this.#rungs = [];
    this.#watched = client;
    let trouble: string | undefined;
    let log: LogLine[] = [];
    try {
      const asked = `watch ${this.#seq}${client === undefined ? '' : ` ${client}`}`;
      const answer = answerSchema.parse(await askControl(this.#target.control, asked));
      log = this.#take(answer);
      this.#last = { answer, connections: this.#merge(answer.rows) };
    } catch (error) {
      if (!(error instanceof KitError)) throw error;
      trouble = words.noAnswer(error.message);
      if (this.#last !== undefined) this.#last = { ...this.#last, connections: this.#merge([]) };
    }
    this.#wire?.tap.read();
    return {
      ...{ atMs: Date.now(), log, trouble, totals: this.#totals },
      heading: this.#heading(),
      connections: this.#last?.connections ?? [],
      ladder: this.#ladder(chosen),
    };
  }

  async close(): Promise<void> {
    this.#sockets?.close();
    await this.#listening;
    const wire = this.#wire;
    this.#wire = undefined;
    if (wire === undefined) return;
    wire.tap.close();
    try {
      await wire.capture.stop();
    } catch (error) {
      // What it heard is of no more use.
      if (!(error instanceof KitError)) throw error;
    } finally {
      rmSync(wire.folder, { recursive: true, force: true });
    }
  }

  #heading(): Reading['heading'] {
    const { host, port, protocol, pid } = this.#target;
    const { facts } = this.#options.words;
    const { clients = 0, accepted = 0, unconfirmed = 0, rssBytes = 0 } = this.#last?.answer ?? {};
    return {
      title: `${formatEndpoint({ address: host, port })}  chatd`,
      facts: [
        [facts.clients, String(clients)],
        [facts.accepted, String(accepted)],
        [facts.unconfirmed, String(unconfirmed)],
        [facts.memory, `${short(rssBytes)}B`],
        [facts.pid, String(pid)],
        [facts.protocol, protocol],
      ],
    };
  }

  /** What happened since the last look: for the log, the ladder and the totals. */
  #take(answer: Answer): LogLine[] {
    const first = this.#last === undefined;
    this.#seq = answer.seq;
    const lines: LogLine[] = [];
    for (const one of answer.moments) {
      if (one.kind === 'packet') {
        this.#rungs.push({
          atMs: one.atMs,
          from: one.direction === 'received' ? 'left' : 'right',
          label: `${one.type}${one.request === 0 ? '' : ` #${one.request}`} ${one.bytes} B`,
          brief: `${one.type} ${one.bytes} B`,
          tone: 'data',
        });
        continue;
      }
      lines.push(logLine(one.atMs, one.event, this.#options.words));
      if (one.event.event === 'disconnected') {
        if (!first) this.#count(one.event.client, one.event);
        this.#seen.delete(one.event.client);
      }
    }
    this.#rungs = this.#rungs.slice(-KEPT_RUNGS);
    for (const each of answer.rows) {
      // What was there before we came is nobody's speed.
      if (first) this.#seen.set(each.id, each);
      else this.#count(each.id, each);
    }
    return lines;
  }

  #count(client: number, now: Totals): void {
    const before = this.#seen.get(client) ?? { requests: 0, bytesIn: 0, bytesOut: 0 };
    const { requests, bytesIn, bytesOut } = now;
    this.#seen.set(client, { requests, bytesIn, bytesOut });
    this.#totals = {
      requests: this.#totals.requests + requests - before.requests,
      bytesIn: this.#totals.bytesIn + bytesIn - before.bytesIn,
      bytesOut: this.#totals.bytesOut + bytesOut - before.bytesOut,
    };
  }

  /** The server's clients, each with its socket; and the sockets on its port that are no client's. */
  #merge(rows: readonly Row[]): Connection[] {
    const { port } = this.#target;
    const sockets: readonly KernelRow[] = this.#sockets?.read() ?? [];
    const own = sockets.filter(({ localPort }) => localPort === port);
    const byEnds = new Map(sockets.map((each) => [`${localOf(each)} ${remoteOf(each)}`, each]));
    const peerOf = (each: KernelRow): KernelRow | undefined =>
      byEnds.get(`${remoteOf(each)} ${localOf(each)}`);
    const byRemote = new Map(own.map((each) => [remoteOf(each), each]));
    const clients = rows.map((each): Connection => {
      const remote = formatEndpoint({ address: each.address, port: each.port });
      const socket = byRemote.get(remote);
      byRemote.delete(remote);
      const local =
        socket === undefined ? formatEndpoint({ address: this.#target.host, port }) : localOf(socket);
      const { id, name, requests, bytesIn, bytesOut, unsentBytes } = each;
      const known = socket === undefined ? undefined : connectionOf(socket, '', peerOf(socket));
      return {
        ...(known ?? BARE),
        ...{
          key: pairKey(local, remote),
          id,
          name,
          local,
          remote,
          requests,
          bytesIn,
          bytesOut,
          unsent: unsentBytes,
        },
      };
    });
    const others = [...byRemote.values()].map((each) => connectionOf(each, '', peerOf(each)));
    // A client's half of a connection whose server half is gone, as TIME_WAIT.
    const halves = sockets
      .filter(({ remotePort, state }) => remotePort === port && state !== 'LISTEN')
      .filter((each) => peerOf(each) === undefined)
      .map((each) => ({
        ...connectionOf(each),
        local: remoteOf(each),
        remote: localOf(each),
        state: undefined,
        peerState: each.state,
      }));
    return [...clients, ...others, ...halves];
  }

  #ladder(chosen: string | undefined): LadderReading | undefined {
    const connection = this.#last?.connections.find(({ key }) => key === chosen);
    if (chosen === undefined || connection === undefined || connection.state === 'LISTEN') return undefined;
    const lanes = [connection.remote, connection.local] as const;
    if (this.#wire !== undefined)
      return this.#wire.tap.ladder(chosen) ?? { lanes, witness: 'wire', rungs: [] };
    return { lanes, witness: 'server', rungs: this.#rungs };
  }
}

const BARE = {
  ...{ host: '', state: undefined, peerState: undefined, timer: undefined },
  ...{ receiveQueue: undefined, sendQueue: undefined },
} as const;

function logLine(atMs: number, one: ServerEvent, words: Words): LogLine {
  const line = (tone: LogLine['tone'], text: string): LogLine => ({ atMs, tone, text });
  switch (one.event) {
    case 'connected':
      return line('good', words.connected(one.client, formatEndpoint(one.remote)));
    case 'disconnected':
      return line(one.why === 'left' ? 'plain' : 'bad', words.gone(one.client, one.why));
    case 'refused':
      return line('bad', words.refused(formatEndpoint(one.remote), one.text));
    case 'bad-packet':
      return line('bad', words.badPacket(one.client, one.message));
    case 'unencodable':
    case 'failed':
    case 'accept-failed':
      return line('bad', words.fault(one.message));
    case 'closing':
      return line('plain', words.closing(one.clients));
  }
}
