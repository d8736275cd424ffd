/**
 * `npm run bench:trace`: how many packets a second `chat-lab trace --format json` analyses, beside tshark with its TCP
 * analysis, tcpdump (which analyses nothing) and a bare loop over the headers in Node.
 *
 * All read the same capture of 500,000 packets and write to /dev/null, one after the other, interleaved; figures are
 * medians, whole commands from start to end, and what counts is their ratio. Processor time is measured as well: it
 * depends less on who else uses the machine; where root runs the bench, all have real-time priority, as in the others.
 * `publish` says where they go.
 * CAPTURE=FOLDER keeps the captures there and uses them again; PACKETS=50000 takes fewer, ROUNDS=2 measures less often.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { machine, median } from './machine.ts';
import { ratio, thousands } from './page.ts';
import { publish, ROUNDS, tiny } from './publish.ts';
import { compile } from './servers.ts';
import { recordPieces, writeCapture } from './trace/capture.ts';

const LARGE = Number(process.env['PACKETS'] ?? (tiny ? 20_000 : 500_000));
const SMALL = LARGE / 10;

/** The same questions: where each segment belongs, its numbers and flags, and every note of the analysis. */
const FIELDS = [
  ...['frame.number', 'frame.time_epoch', 'tcp.stream', 'tcp.srcport', 'tcp.dstport', 'tcp.flags', 'tcp.seq'],
  ...['tcp.ack', 'tcp.len', 'tcp.window_size', 'tcp.completeness', 'tcp.analysis.retransmission'],
  ...[
    'tcp.analysis.fast_retransmission',
    'tcp.analysis.spurious_retransmission',
    'tcp.analysis.out_of_order',
  ],
  ...['tcp.analysis.lost_segment', 'tcp.analysis.ack_lost_segment', 'tcp.analysis.duplicate_ack'],
  ...['tcp.analysis.zero_window', 'tcp.analysis.zero_window_probe', 'tcp.analysis.keep_alive'],
  ...['tcp.analysis.window_full', 'tcp.analysis.window_update', 'tcp.analysis.reused_ports'],
];

interface Cost {
  readonly wallS: number;
  readonly cpuS: number;
  readonly peakKb: number;
}

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
// As it is installed: compiled.
const command = path('../dist/src/bin/chat-lab.js');
const SUBJECTS = [
  {
    name: 'tshark',
    command: (file: string) => ['tshark', '-r', file, '-T', 'fields', ...FIELDS.flatMap((f) => ['-e', f])],
  },
  { name: 'tcpdump -nn', command: (file: string) => ['tcpdump', '-nn', '-r', file] },
  {
    name: 'headers alone, in Node',
    command: (file: string) => [process.execPath, path('trace/headers.ts'), file],
  },
  {
    name: 'chat-lab trace --format json',
    command: (file: string) => [process.execPath, command, 'trace', '--format', 'json', file],
  },
] as const;

function captures(folder: string): { small: string; large: string } {
  const [small, large] = [join(folder, `${SMALL}.pcap`), join(folder, `${LARGE}.pcap`)];
  if (!existsSync(large)) {
    process.stderr.write('recording\n');
    const pieces = recordPieces(folder);
    writeCapture(pieces, SMALL, small);
    writeCapture(pieces, LARGE, large);
  }
  return { small, large };
}

async function cost(program: string, args: readonly string[]): Promise<Cost> {
  const words = [program, '-1', ...args];
  const [file = '', ...rest] = process.getuid?.() === 0 ? ['chrt', '--rr', '1', ...words] : words;
  const { stdout } = await execa(file, rest, { timeout: 300_000 });
  process.stderr.write('.');
  return JSON.parse(stdout) as Cost;
}

const middle = (costs: readonly Cost[]): Cost => ({
  wallS: median(costs.map(({ wallS }) => wallS)),
  cpuS: median(costs.map(({ cpuS }) => cpuS)),
  peakKb: median(costs.map(({ peakKb }) => peakKb)),
});

const temporary = mkdtempSync(join(tmpdir(), 'bench-'));
try {
  const folder = process.env['CAPTURE'] ?? temporary;
  mkdirSync(folder, { recursive: true });
  const { small, large } = captures(folder);
  await execa(path('../scripts/build'), { stdio: ['ignore', 'ignore', 'inherit'] });
  const program = await compile(temporary, 'cost');
  const small1 = new Map<string, Cost>();
  for (const { name, command: words } of SUBJECTS) small1.set(name, await cost(program, words(small)));
  const rounds = new Map<string, Cost[]>(SUBJECTS.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, command: words } of SUBJECTS) {
      rounds.get(name)?.push(await cost(program, words(large)));
    }
  }
  process.stderr.write('\n');
  const results = SUBJECTS.map(({ name }) => ({
    name,
    ...middle(rounds.get(name) ?? []),
    smallPeakKb: small1.get(name)?.peakKb ?? NaN,
  }));
  const on = await machine();
  const versions = await Promise.all(
    ['tshark', 'tcpdump'].map(async (name) => {
      const { all } = await execa(name, ['--version'], { all: true });
      return all.split('\n').find((line) => /version|\d\.\d/.test(line)) ?? '';
    }),
  );
  const tshark = results.find(({ name }) => name === 'tshark');
  if (tshark === undefined) throw new Error('tshark was not measured');
  const rows = results.map((one) => [
    one.name,
    ratio(tshark.wallS, one.wallS),
    ratio(tshark.cpuS, one.cpuS),
    thousands(LARGE / one.wallS),
    ((one.cpuS / LARGE) * 1e6).toFixed(2),
    thousands(one.smallPeakKb / 1024),
    thousands(one.peakKb / 1024),
  ]);
  publish({
    name: 'trace',
    machine: on,
    versions: [`${thousands(LARGE)} packets`, ...versions],
    columns: [
      ...['program', 'packets/s : tshark', 'tshark : CPU', 'packets/s', 'CPU µs each'],
      ...[SMALL, LARGE].map((packets) => `peak MB at ${thousands(packets)}`),
    ],
    rows,
    results,
  });
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
