/** `npm run zoo [-- --times N] [-- NAME…]`: grades the zoo, and writes docs/ZOO.md when all of it was graded. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { gradeServer } from '../../src/grade/index.ts';
import { wrongs } from './judge.ts';
import { build, inParallel, zoo } from './zoo.ts';
import { zooPage } from './page.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { times: { type: 'string', default: '5' }, jobs: { type: 'string', default: '3' } },
});
const times = Number(values.times);
const folder = mkdtempSync(join(tmpdir(), 'zoo-'));
const all = [
  ...zoo.right.map((one) => ({ ...one, wrong: undefined })),
  ...zoo.wrong.map((one) => ({ ...one, wrong: one })),
];
const chosen = positionals.length === 0 ? all : all.filter(({ name }) => positionals.includes(name));
try {
  const rows = await inParallel(chosen, Number(values.jobs), async (one) => {
    const command = await build(folder, one);
    const found: string[] = [];
    let cause = '';
    for (let round = 1; round <= times; round++) {
      const grade = await gradeServer({ command, protocol: 'clp', seed: round });
      found.push(...wrongs(grade, one.wrong).map((problem) => `${round}: ${problem}`));
      cause = grade.checks.find(({ id }) => id === one.wrong?.fails)?.cause?.en ?? cause;
    }
    process.stderr.write(
      `${found.length === 0 ? 'ok ' : 'NOT'} ${one.name}\n${found.map((line) => `      ${line}\n`).join('')}`,
    );
    return { name: one.name, found, cause };
  });
  if (positionals.length === 0) writeFileSync('docs/ZOO.md', zooPage(rows, times));
  process.exitCode = rows.some(({ found }) => found.length > 0) ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
