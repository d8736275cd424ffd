/**
 * `npm run bench:class`: a class of 100 small submissions (`SUBMISSIONS=n` for another number), graded by `grade class`
 * and, the same ones, by the single commands one after the other, as a lecturer would by hand. What grading itself costs
 * is shown by programs that do nothing and by a class in which everything has its grade already.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { machine, median } from './machine.ts';
import { ratio, thousands } from './page.ts';
import { publish, ROUNDS, tiny } from './publish.ts';

const CHAT_LAB = fileURLToPath(new URL('../src/bin/chat-lab.ts', import.meta.url));
const COUNT = tiny ? 2 : Number(process.env['SUBMISSIONS'] ?? 100);
const JOBS = availableParallelism();
/** Runs of the lab; each is handed in several times, since grading reads each anew. */
const STUDENTS = ['3200102312', '3200104711', '3200108023', '3200103816'].slice(0, COUNT);

const folder = mkdtempSync(join(tmpdir(), 'bench class '));
const path = (...names: string[]): string => join(folder, ...names);
const submissions = Array.from({ length: COUNT }, (_, index) => {
  const student = STUDENTS[index % STUDENTS.length] ?? '';
  return { student, name: `${student}-${index}` };
});

async function chatLab(...args: string[]): Promise<string> {
  const done = await execa(process.execPath, [CHAT_LAB, ...args], { stdin: 'ignore', reject: false });
  // 1: points were lost, since nobody has answered the report's questions.
  if (done.exitCode !== 0 && done.exitCode !== 1) throw new Error(`${args.join(' ')}: ${done.stderr}`);
  return done.stdout;
}

/** Processor time of all processes that we started and that have ended, theirs included, in ms (proc_pid_stat(5)). */
function childrenCpuMs(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // cutime and cstime are fields 16 and 17; the state behind the name is field 3. In units of 10 ms.
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
}

async function cost(act: () => Promise<void>): Promise<Cost> {
  const [begin, cpu] = [performance.now(), childrenCpuMs()];
  await act();
  return { ms: (performance.now() - begin) / COUNT, cpuMs: (childrenCpuMs() - cpu) / COUNT };
}

async function prepare(): Promise<void> {
  for (const student of STUDENTS) await chatLab('run', '1', '--student', student, '--out', path(student));
  for (const { student, name } of submissions) {
    cpSync(path(student), path('reports', name, 'lab01'), { recursive: true });
    mkdirSync(path('programs', name), { recursive: true });
    writeFileSync(path('programs', name, 'a-file'), name);
  }
  const head = 'class: a bench\nstudent: "^([0-9]+)"\ntasks:\n';
  writeFileSync(path('reports', 'class.yaml'), `${head}  - { id: lab01, kind: report, folder: lab01 }\n`);
  writeFileSync(path('programs', 'class.yaml'), `${head}  - { id: none, kind: program, run: ['true'] }\n`);
}

async function byHand(): Promise<void> {
  for (const { student, name } of submissions) {
    const words = await chatLab('grade', 'report', path('reports', name, 'lab01'), '--student', student);
    // A bench of gradings that find nothing to grade would be one of nothing.
    if (!/: [1-9]\d*\/[1-9]\d*\n/.test(words)) throw new Error(words);
  }
}

let out = 0;
async function byClass(what: 'reports' | 'programs', jobs: number, into = `out-${++out}`): Promise<void> {
  const words = await chatLab('grade', 'class', path(what), '--out', path(into), '--jobs', String(jobs));
  if (!words.includes(`${COUNT} `)) throw new Error(words);
}

const WAYS = [
  { name: 'one after the other, by hand', run: byHand },
  { name: `grade class, ${JOBS} at once`, run: () => byClass('reports', JOBS) },
  { name: 'grade class, one at once', run: () => byClass('reports', 1) },
  { name: 'grade class, all graded before', run: () => byClass('reports', JOBS, 'kept') },
  { name: `grade class, programs that do nothing, ${JOBS} at once`, run: () => byClass('programs', JOBS) },
];

try {
  await prepare();
  await byClass('reports', JOBS, 'kept');
  const runs: Cost[][] = WAYS.map(() => []);
  for (let round = 0; round < ROUNDS; round++)
    for (const [index, { run }] of WAYS.entries()) runs[index]?.push(await cost(run));
  const results = WAYS.map(({ name }, index) => {
    const all = runs[index] ?? [];
    const of = (key: keyof Cost): number => median(all.map((each) => each[key]));
    return { name, ms: of('ms'), cpuMs: of('cpuMs'), runs: all };
  });
  const hand = results[0]?.ms ?? NaN;
  publish({
    name: 'class',
    machine: await machine(),
    versions: [`${COUNT} submissions: 01-connect of ${STUDENTS.length} students, again and again`],
    columns: ['graded', 'by hand : it', 'ms for each submission', 'CPU ms for each'],
    rows: results.map(({ name, ms, cpuMs }) => [name, ratio(hand, ms), thousands(ms), thousands(cpuMs)]),
    results,
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
