/**
 * `npm run bench:startup`: how long the commands take that do almost nothing, beside a Node that does nothing. The
 * installed form is measured (JavaScript, by scripts/build), and the checkout's, where Node strips the types first.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { machine, median } from './machine.ts';
import { ratio } from './page.ts';
import { publish, ROUNDS, tiny } from './publish.ts';
import { pinned } from './servers.ts';

const path = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url));
/** Starts vary more than loads do. */
const RUNS = tiny ? 1 : 2 * ROUNDS;

if (!tiny) await execa(path('scripts/build'), { stderr: 'inherit' });
const programs = [
  ['chat-lab', '--help'],
  ['chat-repl', '-e', '1'],
  ['chatd', '--help'],
] as const;
const commands = [
  { name: 'node -e 0', args: ['-e', '0'] },
  ...programs.flatMap(([program, ...args]) => {
    const built = path(`dist/src/bin/${program}.js`);
    const source = path(`src/bin/${program}.ts`);
    const name = [program, ...args].join(' ');
    return [
      ...(existsSync(built) ? [{ name, args: [built, ...args] }] : []),
      { name: `${name}, from the sources`, args: [source, ...args] },
    ];
  }),
];

async function startMs(args: readonly string[]): Promise<number> {
  const [file, words] = pinned(1, [process.execPath, ...args]);
  const begin = performance.now();
  const { stdout } = await execa(file, words, { stdin: 'ignore', env: { NO_COLOR: '1' } });
  if (args[0] !== '-e' && stdout === '') throw new Error(`${args.join(' ')} printed nothing`);
  return performance.now() - begin;
}

const runs: number[][] = commands.map(() => []);
for (let run = 0; run < RUNS; run++) {
  for (const [index, { args }] of commands.entries()) runs[index]?.push(await startMs(args));
}
const results = commands.map(({ name }, index) => ({
  name,
  ms: median(runs[index] ?? []),
  runs: runs[index] ?? [],
}));
const bare = results[0]?.ms ?? NaN;
publish({
  name: 'startup',
  machine: await machine(),
  versions: [`${RUNS} starts of each`],
  columns: ['command', 'time : node -e 0', 'ms'],
  rows: results.map(({ name, ms }) => [name, ratio(ms, bare), ms.toFixed(0)]),
  results,
});
