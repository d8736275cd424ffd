import { Command } from 'commander';
import { EXIT } from '../bytes/index.ts';
import { examine } from '../host/index.ts';
import { lacking, labNames, loadLab, readinessOf } from '../lab/index.ts';

const CAN = { yes: 'ok', loopback: 'partly', no: 'missing' } as const;

export function doctorCommand(): Command {
  return new Command('doctor')
    .option('--json', 'print one JSON value', false)
    .action(async (flags: { json: boolean }) => {
      const { worlds, findings } = await examine();
      const files = await Promise.all(labNames().map(async (name) => (await loadLab(name)).file));
      const labs = await Promise.all(
        files.map(async (file) => ({
          ...readinessOf(file, worlds, await lacking(file)),
          title: file.title.en,
        })),
      );
      if (flags.json) process.stdout.write(`${JSON.stringify({ worlds, findings, labs }, null, 2)}\n`);
      else {
        for (const { ability, purpose, ok, why, mend } of findings)
          tell(ok ? 'ok' : 'missing', ability, purpose, why, mend);
        process.stdout.write('\n');
        for (const { lab, can, title, why, mend } of labs)
          tell(CAN[can], lab, can === 'loopback' ? `${title} (on the loopback interface)` : title, why, mend);
      }
      const all =
        findings.every(({ ok, optional }) => ok || optional) && labs.every(({ can }) => can === 'yes');
      process.exitCode = all ? EXIT.ok : EXIT.machine;
    });
}

function tell(
  word: string,
  name: string,
  purpose: string,
  why: string | undefined,
  mend: string | undefined,
): void {
  const [first, indent] = [`${word.padEnd(8)}${name.padEnd(22)}`, ' '.repeat(30)];
  process.stdout.write(`${first}${purpose}\n`);
  if (why !== undefined) process.stdout.write(`${indent}why:  ${why}\n`);
  if (mend !== undefined) process.stdout.write(`${indent}mend: ${mend}\n`);
}
