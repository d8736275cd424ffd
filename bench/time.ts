/**
 * `npm run bench:time`: how many `time` requests a second chatd answers, beside a bare epoll echo in C
 * and a bare echo on node:net.
 *
 * The servers run on the first processor and the generator on the second; rounds are interleaved, so that what
 * disturbs the machine disturbs all; figures are medians, and what counts is their ratio. Processor time for each
 * answer is measured as well: it does not depend on who else uses the machine. Writes the table between the marks in
 * docs/BENCHMARKS.md, and everything as JSON to standard output.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { TRANSPORTS } from '../src/net/index.ts';
import { machine, machineLine, median } from './machine.ts';
import { markdownTable, ratio, thousands, writePage } from './page.ts';
import { compile, pinned, startSubject, type Subject } from './servers.ts';

const LOADS = [
  { connections: 100, depth: 16 },
  { connections: 100, depth: 1 },
  { connections: 1, depth: 1 },
] as const;
const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
const WARM_MS = 300;
const MEASURE_MS = 1_200;

interface Round {
  readonly answers: number;
  readonly rate: number;
  readonly p50Us: number;
  readonly p99Us: number;
  /** The server's processor time for each answer. */
  readonly cpuNs: number;
}

async function measure(load: string, subject: Subject, connections: number, depth: number): Promise<Round> {
  const [file, args] = pinned(1, [
    load,
    ...[subject.port, connections, depth, WARM_MS, MEASURE_MS].map(String),
  ]);
  const before = subject.cpuNs();
  const { stdout } = await execa(file, args, { timeout: 30_000 });
  const spent = subject.cpuNs() - before;
  const round = JSON.parse(stdout) as Omit<Round, 'cpuNs'>;
  // The processor worked through the warm-up, too, at the same rate as nearly as we know.
  return { ...round, cpuNs: (spent / round.answers) * (MEASURE_MS / (WARM_MS + MEASURE_MS)) };
}

const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const subjects: Subject[] = [];
try {
  const [load, echo] = [await compile('load', folder), await compile('echo', folder)];
  const chatd = fileURLToPath(new URL('../src/bin/chatd.ts', import.meta.url));
  subjects.push(await startSubject('C echo', [echo]));
  const bare = fileURLToPath(new URL('node-echo.ts', import.meta.url));
  subjects.push(await startSubject('Node echo', [process.execPath, bare]));
  for (const transport of TRANSPORTS) {
    subjects.push(
      await startSubject(transport === 'net' ? 'chatd' : `chatd --transport ${transport}`, [
        process.execPath,
        chatd,
        'run',
        '--port',
        '0',
        '--unlisted',
        '--log-format',
        'json',
        '--transport',
        transport,
      ]),
    );
  }
  const results = [];
  for (const { connections, depth } of LOADS) {
    const rounds: Round[][] = subjects.map(() => []);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, subject] of subjects.entries()) {
        rounds[index]?.push(await measure(load, subject, connections, depth));
        process.stderr.write('.');
      }
    }
    results.push({
      connections,
      depth,
      servers: rounds.map((of, index) => ({ name: subjects[index]?.name ?? '', ...summary(of) })),
    });
  }
  process.stderr.write('\n');
  const on = await machine();
  process.stdout.write(`${JSON.stringify({ machine: on, rounds: ROUNDS, results }, undefined, 2)}\n`);
  const rows = results.flatMap(({ connections, depth, servers: [echo, ...others] }) =>
    echo === undefined
      ? []
      : [echo, ...others].map((one) => [
          one === echo ? `${connections} × ${depth}` : '',
          one.name,
          ...[ratio(one.rate, echo.rate), ratio(echo.cpuNs, one.cpuNs), ratio(one.p50Us, echo.p50Us)],
          ...[thousands(one.rate), thousands(one.cpuNs), thousands(one.p50Us), thousands(one.p99Us)],
        ]),
  );
  const table = markdownTable(
    'connections × depth,server,rate : C,C : CPU,p50 : C,answers/s,CPU ns each,p50 µs,p99 µs'.split(','),
    rows,
  );
  writePage('time', `Medians of ${ROUNDS} interleaved rounds. ${machineLine(on)}.\n\n${table}`);
} finally {
  for (const subject of subjects) await subject.stop();
  rmSync(folder, { recursive: true, force: true });
}

function summary(rounds: readonly Round[]): Round {
  const of = (key: keyof Round): number => median(rounds.map((round) => round[key]));
  return {
    answers: of('answers'),
    rate: of('rate'),
    p50Us: of('p50Us'),
    p99Us: of('p99Us'),
    cpuNs: of('cpuNs'),
  };
}
