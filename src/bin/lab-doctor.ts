import { Command } from 'commander';
import { EXIT } from '../bytes/index.ts';
import { examine } from '../host/index.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('What this machine can do for labs, and the one line that would mend each lack.')
    .option('--json', 'print one JSON value', false)
    .action(async (flags: { json: boolean }) => {
      const { worlds, findings } = await examine();
      if (flags.json) process.stdout.write(`${JSON.stringify({ worlds, findings }, null, 2)}\n`);
      else {
        for (const { ability, purpose, ok, why, mend } of findings) {
          process.stdout.write(`${ok ? 'ok      ' : 'missing '}${ability.padEnd(10)} ${purpose}\n`);
          if (why !== undefined) process.stdout.write(`${' '.repeat(19)}why:  ${why}\n`);
          if (mend !== undefined) process.stdout.write(`${' '.repeat(19)}mend: ${mend}\n`);
        }
      }
      process.exitCode = findings.every(({ ok }) => ok) ? EXIT.ok : EXIT.machine;
    });
}
