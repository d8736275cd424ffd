/** A dashboard that breaks: what its source throws, or what a timer does. Started by top.test.ts, in a terminal. */
import { Command } from 'commander';
import { main } from '../../src/bin/main.ts';
import { runDashboard, type Source } from '../../src/dash/index.ts';
import { connection, reading } from './samples.ts';

const how = process.argv[2];
let looks = 0;

const source: Source = {
  read: () => {
    looks++;
    if (looks > 2 && how === 'read') return Promise.reject(new Error('broken while reading'));
    if (looks > 2 && how === 'timer') {
      setTimeout(() => {
        throw new Error('broken in a timer');
      });
    }
    if (looks > 2 && how === 'exit') process.exit(42);
    return Promise.resolve(reading([connection(1, 'ann')]));
  },
  close: () => Promise.resolve(),
};

const program = new Command('crashing').argument('<how>').action(async () => {
  const { stdin: input, stdout: output } = process;
  process.exitCode = await runDashboard({
    source,
    input,
    output,
    colours: true,
    language: 'en',
    everyMs: 100,
  });
});
await main(program);
