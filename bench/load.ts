import { execa } from 'execa';
import { median } from './machine.ts';
import { ROUNDS, tiny } from './publish.ts';
import { pinned, startSubject, type Subject } from './servers.ts';
import type { Peer } from './peers.ts';

/** What is asked of a server: `connections` (pairs in a relay), each with `depth` under way. */
export interface Load {
  readonly what: 'time' | 'relay';
  readonly connections: number;
  readonly depth: number;
}

/** What one measurement gave, and the median of several. */
export interface Figures {
  /** Answers a second; texts in a relay. */
  readonly rate: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** The server's processor time for each answer. */
  readonly cpuNs: number;
}

export interface Measured extends Load {
  readonly servers: readonly (Figures & { readonly name: string; readonly rounds: readonly Figures[] })[];
}

const MEASURE_MS = tiny ? 80 : Number(process.env['MEASURE_MS'] ?? 900);
const WARM_MS = tiny ? 20 : MEASURE_MS / 3;

/** All loads on all servers: each load in rounds, each round on every server in turn. */
export async function measureAll(
  generator: string,
  peers: readonly Peer[],
  loads: readonly Load[],
  folder: string,
): Promise<Measured[]> {
  const subjects: Subject[] = [];
  try {
    for (const peer of peers) subjects.push(await startSubject(peer, folder));
    const measured: Measured[] = [];
    for (const load of loads) {
      const rounds: Figures[][] = subjects.map(() => []);
      for (let round = 0; round < ROUNDS; round++) {
        for (const [index, subject] of subjects.entries()) {
          rounds[index]?.push(await measure(generator, subject, load));
          process.stderr.write('.');
        }
      }
      const servers = subjects.map(({ peer: { name } }, index) => {
        const of = rounds[index] ?? [];
        return { name, ...medians(of), rounds: of };
      });
      measured.push({ ...load, servers });
    }
    process.stderr.write('\n');
    return measured;
  } finally {
    for (const subject of subjects) await subject.stop();
  }
}

async function measure(generator: string, subject: Subject, load: Load): Promise<Figures> {
  const [file, args] = pinned(1, [
    ...[generator, load.what, subject.peer.protocol],
    ...[subject.port, load.connections, load.depth, WARM_MS, MEASURE_MS].map(String),
  ]);
  const before = subject.cpuNs();
  const { stdout } = await execa(file, args, { timeout: 60_000 });
  const spent = subject.cpuNs() - before;
  const { all, ...figures } = JSON.parse(stdout) as Omit<Figures, 'cpuNs'> & { all: number };
  const { rate, p50Us, p99Us } = figures;
  return { rate, p50Us, p99Us, cpuNs: spent / all };
}

function medians(rounds: readonly Figures[]): Figures {
  const of = (key: keyof Figures): number => median(rounds.map((round) => round[key]));
  return { rate: of('rate'), p50Us: of('p50Us'), p99Us: of('p99Us'), cpuNs: of('cpuNs') };
}
