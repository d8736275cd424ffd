/**
 * `npm run zoo [-- --times N --jobs N --results FILE NAME…]`: grades the zoo's servers and clients again and again, each
 * time with another seed, and writes docs/ZOO.md when all of it was graded. What stands in FILE already is not graded
 * again, so that a run that was broken off goes on; with --write the page is made from what stands there, and nothing is
 * graded.
 */
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import type { Grade } from '../../src/check/index.ts';
import { clientFoundations } from '../../src/grade/clients/checks.ts';
import { gradeClient, gradeServer } from '../../src/grade/index.ts';
import { buildClient, clientLacks, clientProtocol, clientZoo } from './client-zoo.ts';
import { wrongs } from './judge.ts';
import { type Animal, ROUND, type Round, zooPage } from './page.ts';
import { build, inParallel, protocolOf, zoo } from './zoo.ts';

const LANGUAGES: Record<string, string> = { c: 'C', py: 'Python', js: 'JavaScript' };
const languageOf = (base: string): string => LANGUAGES[base.slice(0, base.indexOf('-'))] ?? base;

/** One to grade: what is known of it, and how a round of it goes. */
interface Candidate extends Animal {
  readonly grade: (folder: string, seed: number) => Promise<{ grade: Grade; problems: string[] }>;
}

const servers = [...zoo.right, ...zoo.wrong].map((one): Candidate => {
  const wrong = 'fails' in one ? one : undefined;
  const protocol = protocolOf(one.base);
  return {
    kind: 'server',
    name: one.name,
    language: languageOf(one.base),
    what: 'fails' in one ? one.fault : one.style,
    protocol,
    fails: wrong?.fails ?? null,
    grade: async (folder, seed) => {
      const grade = await gradeServer({ command: await build(folder, one), protocol, seed });
      return { grade, problems: wrongs(grade, wrong, undefined, zoo.lacks[protocol]) };
    },
  };
});

const clients = [...clientZoo.right, ...clientZoo.wrong].map((one): Candidate => {
  const wrong = 'fails' in one ? one : undefined;
  return {
    kind: 'client',
    name: one.name,
    language: languageOf(one.base),
    what: 'fails' in one ? one.fault : one.style,
    protocol: clientProtocol(one.base),
    fails: wrong?.fails ?? null,
    grade: async (folder, seed) => {
      const grade = await gradeClient({ ...(await buildClient(folder, one)), seed });
      return { grade, problems: wrongs(grade, wrong, clientFoundations, clientLacks(one.base)) };
    },
  };
});

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    times: { type: 'string', default: '5' },
    jobs: { type: 'string', default: '3' },
    results: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const times = Number(values.times);
const folder = mkdtempSync(join(tmpdir(), 'zoo-'));
const results = values.results ?? join(folder, 'results.jsonl');
const known = (): Round[] =>
  existsSync(results)
    ? readFileSync(results, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => ROUND.parse(z.json().parse(JSON.parse(line))))
    : [];
const all = [...servers, ...clients];
const chosen = positionals.length === 0 ? all : all.filter(({ name }) => positionals.includes(name));
try {
  const done = new Set(known().map(({ kind, name, round }) => `${kind} ${name} ${round}`));
  const rounds = Array.from({ length: times }, (_, index) => index + 1);
  const due = (values.write ? [] : rounds).flatMap((round) =>
    chosen
      .filter(({ kind, name }) => !done.has(`${kind} ${name} ${round}`))
      .map((candidate) => ({ candidate, round })),
  );
  await inParallel(due, Number(values.jobs), async ({ candidate, round }) => {
    const { kind, name, fails } = candidate;
    // A folder for each round: the next one may be built while this one runs.
    const { grade, problems } = await candidate.grade(join(folder, `${kind}-${round}`), round);
    const failed = grade.checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
    const cause = grade.checks.find(({ id }) => id === fails)?.cause?.en ?? '';
    const line: Round = { kind, name, round, problems, failed, cause };
    appendFileSync(results, `${JSON.stringify(line)}\n`);
    const said = problems.map((problem) => `      ${problem}\n`).join('');
    process.stderr.write(`${problems.length === 0 ? 'ok ' : 'NOT'} ${kind} ${name} ${round}\n${said}`);
  });
  const found = known().filter(({ round }) => round <= times);
  if (positionals.length === 0) writeFileSync('docs/ZOO.md', zooPage(all, found));
  process.exitCode = found.some(({ problems }) => problems.length > 0) ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
