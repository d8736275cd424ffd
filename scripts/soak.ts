/**
 * `npm run soak`: the tests of endurance one after another, and a table of what they saw.
 *
 *     npm run soak                         all, in full: ten million frames, 10,000 clients, an hour at half load
 *     npm run soak -- --minutes 10         the hour is 10 minutes
 *     npm run soak -- --short              seconds instead of minutes
 *     npm run soak -- fuzz-frames half-load
 *
 * Exit codes: 0 all held; 1 one did not; 2 wrong usage. Each is a program in scripts/soak; soak.ts there is their frame.
 */
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { execa } from 'execa';
import type { SoakResult } from './soak/soak.ts';

const FRAME = 'soak.ts';

const folder = fileURLToPath(new URL('soak/', import.meta.url));
const known = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== FRAME)
  .map((file) => basename(file, '.ts'))
  .sort();
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { minutes: { type: 'string', default: '60' }, short: { type: 'boolean', default: false } },
});
const strangers = positionals.filter((name) => !known.includes(name));
if (strangers.length > 0 || !(Number(values.minutes) > 0)) {
  process.stderr.write(`soak: there are ${known.join(', ')}; --minutes N; --short\n`);
  process.exit(2);
}

const results: SoakResult[] = [];
for (const name of positionals.length > 0 ? positionals : known) {
  process.stderr.write(`soak: ${name}\n`);
  const { stdout, exitCode } = await execa(
    process.execPath,
    [`${folder}${name}.ts`, '--minutes', values.minutes, ...(values.short ? ['--short'] : [])],
    { reject: false, stderr: 'inherit' },
  );
  results.push(resultOf(name, stdout, exitCode));
}

process.stdout.write(`| test | held | seconds | figures |\n| --- | --- | ---: | --- |\n`);
for (const { test, held, seconds, figures } of results) {
  const seen = Object.entries(figures).map(([figure, value]) => `${figure} ${value.toLocaleString('en')}`);
  process.stdout.write(`| ${test} | ${held ? 'yes' : 'NO'} | ${seconds} | ${seen.join(', ')} |\n`);
}
for (const { test, problem } of results) {
  if (problem !== undefined) process.stdout.write(`\n${test}: ${problem}\n`);
}
process.exitCode = results.every(({ held }) => held) ? 0 : 1;

/** A program that was killed has no last line, and has not held. */
function resultOf(test: string, stdout: string, exitCode: number | undefined): SoakResult {
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  try {
    const result = JSON.parse(last) as SoakResult;
    return exitCode === 0 ? result : { ...result, held: false };
  } catch {
    return {
      test,
      held: false,
      seconds: 0,
      figures: {},
      problem: `it ended with ${exitCode} and said: ${last}`,
    };
  }
}
