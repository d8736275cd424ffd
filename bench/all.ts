/**
 * `npm run bench`: every benchmark of this folder, one after the other, since each wants the machine for itself. Each
 * writes its own table into docs/BENCHMARKS.md. Ends with the first exit code that is not 0.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const root = fileURLToPath(new URL('..', import.meta.url));
const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  scripts: Readonly<Record<string, string>>;
};

let code = 0;
for (const [name, command] of Object.entries(scripts)) {
  if (!name.startsWith('bench:')) continue;
  process.stderr.write(`${name}\n`);
  const [, ...args] = command.split(' ');
  const { exitCode } = await execa(process.execPath, args, { cwd: root, stdio: 'inherit', reject: false });
  if (exitCode !== 0) process.stderr.write(`${name} ended with exit code ${exitCode ?? '?'}\n`);
  code ||= exitCode ?? 1;
}
process.exitCode = code;
