/**
 * The process that runs one lab, on a stage of its own: builds the world, starts the witnesses, plays the scenario,
 * writes the evidence. Judging and reporting come afterwards and elsewhere, from the directory alone.
 *
 * Usage: node worker.ts ORDERS-AS-JSON, with an IPC channel.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failureWords, KitError } from '../bytes/index.ts';
import { type Manifest, text, variantOf } from '../check/index.ts';
import { nowUs } from '../clock/index.ts';
import {
  type Capture,
  createWorld,
  readEnvironment,
  Sampler,
  type SocketRecord,
  type SocketRow,
  type World,
} from '../host/index.ts';
import { readDescription } from '../wire/index.ts';
import { EvidenceWriter } from './evidence-writer.ts';
import { loadLab } from './find.ts';
import type { LabFile } from './lab-file.ts';
import { lacking, needsOwnHosts } from './needs.ts';
import { OwnSockets } from './own-sockets.ts';
import { parametersOf } from './parameters.ts';
import { captureFile, loopbackAddress, Run } from './run.ts';
import { removeScratch } from './scratch.ts';
import { type News, ORDERS, type Orders } from './stage-protocol.ts';
import { Traced } from './traced.ts';
import { failureOf, whyIncomplete } from './why-incomplete.ts';

function tell(news: News): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) resolve();
    else process.send(news, () => resolve());
  });
}

/** Rejects when the run must end: the user's wish, the bound, or a witness that died. */
class Doom {
  readonly promise: Promise<never>;
  #reject: (error: unknown) => void = () => undefined;

  constructor() {
    this.promise = new Promise((_, reject) => (this.#reject = reject));
    // Somebody always races against it, but not at every moment.
    this.promise.catch(() => undefined);
  }

  strike(error: unknown): void {
    this.#reject(error);
  }
}

async function work(orders: Orders): Promise<void> {
  const lab = await loadLab(orders.lab);
  const port = lab.file.port ?? orders.port;
  const variant = variantOf(orders.student ?? undefined, port);
  const doom = new Doom();
  process.on('SIGTERM', () => {
    doom.strike(
      new KitError('interrupted', text('the run was interrupted', '运行被中断'), { fault: 'usage' }),
    );
  });
  // What is thrown where nobody catches ends the run like any other failure: with its evidence marked, and its whole stack.
  process.on('uncaughtException', (error) => doom.strike(error));
  const bound = setTimeout(() => {
    const seconds = orders.boundSeconds;
    doom.strike(new KitError('not-in-time', `the lab did not end within ${seconds} s`, { fault: 'kit' }));
  }, orders.boundSeconds * 1000);

  const { sysctls, offload, ports = 1 } = lab.file;
  const world = await createWorld({
    hosts: lab.file.hosts,
    subnet: variant.subnet,
    ...(sysctls === undefined ? {} : { sysctls }),
    ...(offload === undefined ? {} : { offload }),
  });
  const description = readDescription(orders.protocol).text;
  const manifest = await newManifest({ ...orders, port }, world, lab.file, description);
  const writer = new EvidenceWriter(orders.directory, manifest, (error) => doom.strike(error));
  const isOurs = (port: number): boolean => port >= variant.port && port < variant.port + ports;
  const concerns = ({ localPort, remotePort }: { localPort: number; remotePort: number }): boolean =>
    world.kind === 'namespaces' || isOurs(localPort) || isOurs(remotePort);
  if (manifest.lacks !== undefined) {
    clearTimeout(bound);
    writer.file('protocol.yaml', description);
    await world.close();
    writer.complete(nowUs());
    return;
  }
  const traced = new Traced(writer);
  const witnesses = new Witnesses(world, writer, doom, concerns);
  try {
    writer.file('protocol.yaml', description);
    await tell({ news: 'progress', step: text('witnesses start', '启动抓包与采样'), done: 0, total: 1 });
    await Promise.race([
      witnesses.start(`tcp portrange ${variant.port}-${variant.port + ports - 1}`),
      doom.promise,
    ]);
    const run = new Run({
      world,
      writer,
      sampler: witnesses.sampler,
      variant,
      concerns,
      parameters: parametersOf(lab.file, orders.student),
      directory: orders.directory,
      protocolFile: `${orders.directory}/protocol.yaml`,
      doom: doom.promise,
      strike: (error) => doom.strike(error),
      progress: (step, done, total) => void tell({ news: 'progress', step, done, total }),
    });
    await Promise.race([lab.code.scenario(run), doom.promise]);
    run.over();
    await Promise.race([traced.settle(orders.whyNoStateTrace, tell), doom.promise]);
    await Promise.race([witnesses.stop(), doom.promise]);
    traced.keep(witnesses.sockets(), orders.whyNoStateTrace);
    // The processes' last words belong to the evidence.
    await world.close();
    removeScratch(orders.directory);
    writer.complete(nowUs());
  } catch (error) {
    await witnesses.abandon();
    await world.close();
    removeScratch(orders.directory);
    writer.incomplete(whyIncomplete(error), failureOf(error), nowUs());
    throw error;
  } finally {
    clearTimeout(bound);
  }
}

/** tcpdump on every host, and the sampler. */
class Witnesses {
  readonly sampler: Sampler;
  readonly #world: World;
  readonly #writer: EvidenceWriter;
  readonly #doom: Doom;
  readonly #captures = new Map<string, Capture>();
  readonly #own = new OwnSockets();

  constructor(world: World, writer: EvidenceWriter, doom: Doom, concerns: (row: SocketRow) => boolean) {
    this.#world = world;
    this.#writer = writer;
    this.#doom = doom;
    this.sampler = new Sampler({
      hosts: world.hosts.map((host) => ({ name: host.name, readSockets: () => host.readSockets() })),
      onSample: (record) => {
        if (record.kind === 'change') this.#own.row(record.host, record.row);
        writer.socket(plainRecord(record));
      },
      filter: concerns,
    });
  }

  async start(filter: string): Promise<void> {
    const { hosts } = this.#world;
    try {
      await Promise.all(
        hosts.map(async (host) => {
          const capture = await host.capture({
            file: captureFile(this.#writer.directory, host.name),
            filter,
            interface:
              this.#writer.manifest.hosts.find(({ name }) => name === host.name)?.interface ?? host.interface,
            onDeath: (error) => this.#doom.strike(error),
          });
          this.#captures.set(host.name, capture);
        }),
      );
    } catch (error) {
      // Without the wire's testimony the run still has two witnesses; the report says what is missing and why.
      const tolerable =
        error instanceof KitError && ['no-tcpdump', 'capture-not-permitted'].includes(error.code);
      if (!tolerable || this.#world.kind === 'namespaces') throw error;
      this.#writer.manifest.captureProblem = error.message;
      this.#writer.save();
    }
  }

  async stop(): Promise<void> {
    const stats = this.sampler.stop();
    const { manifest } = this.#writer;
    manifest.sampler = {
      looks: stats.looks,
      meanIntervalMs: stats.meanIntervalMs,
      maxIntervalMs: stats.maxIntervalMs,
      gaps: stats.gaps,
    };
    // Together: each may have to wait a second for the kernel's ring.
    await Promise.all(
      manifest.hosts.map(async (host) => {
        const capture = this.#captures.get(host.name);
        if (capture === undefined) return;
        const { captured, dropped } = await capture.stop();
        host.capture = { file: `${host.name}.pcap`, captured, dropped };
      }),
    );
    this.#writer.save();
  }

  /** Every socket that a table or a capture shows; to be asked when the captures are whole. */
  sockets(): OwnSockets {
    const { directory, manifest } = this.#writer;
    const hosts = new Map(manifest.hosts.map(({ address, name }) => [address, name]));
    for (const { capture } of manifest.hosts) {
      if (capture === null) continue;
      this.#own.capture(readFileSync(join(directory, capture.file)), (address) => hosts.get(address));
    }
    return this.#own;
  }

  /** The run failed: keep what there is, and do not let a second failure hide the first. */
  async abandon(): Promise<void> {
    this.sampler.stop();
    await Promise.allSettled([...this.#captures.values()].map((capture) => capture.stop()));
  }
}

/** JSON has no Infinity and no undefined. */
function plainRecord(record: SocketRecord): Parameters<EvidenceWriter['socket']>[0] {
  if (record.kind === 'change') {
    const { notBeforeUs, before } = record;
    return {
      ...record,
      before: before ?? null,
      notBeforeUs: Number.isFinite(notBeforeUs) ? notBeforeUs : null,
    };
  }
  return record.kind === 'heartbeat' ? { ...record, rows: [...record.rows] } : record;
}

async function newManifest(
  orders: Orders,
  world: World,
  lab: LabFile,
  description: string,
): Promise<Manifest> {
  const environment = await readEnvironment();
  const lacks = await lacking(lab);
  if (world.kind === 'loopback' && needsOwnHosts(lab))
    lacks.push({ hosts: 'namespaces', why: orders.whyLoopback, mend: orders.mendLoopback });
  const onLoopback = lab.wire === 'loopback';
  return {
    format: 'socket-lab-kit evidence',
    version: 1,
    kit: orders.kit,
    lab: orders.lab,
    status: 'running',
    reason: null,
    runId: randomUUID(),
    startedAtUs: nowUs(),
    endedAtUs: null,
    student: orders.student,
    command: orders.command,
    parameters: { ...parametersOf(lab, orders.student), port: orders.port },
    ...(Object.keys(orders.predictions).length === 0 ? {} : { predictions: orders.predictions }),
    protocol: {
      name: orders.protocol,
      file: 'protocol.yaml',
      sha256: createHash('sha256').update(description).digest('hex'),
    },
    world: { kind: world.kind, why: orders.whyLoopback, subnet: world.subnet, sysctls: { ...world.sysctls } },
    hosts: world.hosts.map((host) => ({
      name: host.name,
      address: onLoopback ? loopbackAddress(world, host) : host.address,
      interface: onLoopback ? 'lo' : host.interface,
      capture: null,
    })),
    captureProblem: null,
    ...(lab.wire === undefined ? {} : { wire: lab.wire }),
    ...(lab.speaks === undefined ? {} : { speaks: lab.speaks }),
    ...(lacks.length === 0 ? {} : { lacks }),
    phases: [],
    sampler: null,
    environment: Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, value ?? null])),
    files: {},
  };
}

async function main(): Promise<void> {
  const orders = ORDERS.parse(JSON.parse(process.argv[2] ?? ''));
  try {
    await work(orders);
    await tell({ news: 'complete' });
  } catch (error) {
    await tell({ news: 'failed', ...failureWords(error) });
    process.exitCode = 1;
  }
  // The channel would keep this process alive.
  process.channel?.unref();
}

await main();
