/** SIGTERM and SIGINT end the real program also where the user's code never pauses. */
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import type { PacketObserver } from '../../src/net/index.ts';
import { until } from '../helpers/until.ts';
import { COMMAND, startServer } from './helpers.ts';

/** The program, running `code` as far as its first output. */
async function running(
  ...args: string[]
): Promise<{ kill: (signal: NodeJS.Signals) => void; ended: PromiseLike<object> }> {
  const [node = '', ...before] = COMMAND;
  const program = execa(node, [...before, ...args], { reject: false, stdin: 'ignore', timeout: 60_000 });
  onTestFinished(() => void program.kill('SIGKILL'));
  let seen = '';
  program.stdout.on('data', (text: Buffer) => (seen += text.toString()));
  await until('the code runs', () => seen.includes('begun'), 30_000);
  return { kill: (signal) => void program.kill(signal), ended: program };
}

// Said from within the loop: between two statements a signal may come too early.
const SPINS = "for (let turn = 0; ; turn++) if (turn === 1000) console.log('begun')";

// Said from a timer, so that by then the code waits.
const WAITS = "setTimeout(() => console.log('begun')); await receive()";

test('SIGTERM ends a loop that never pauses, as it ends any program', async () => {
  const program = await running('-e', SPINS);
  program.kill('SIGTERM');
  expect(await program.ended).toMatchObject({ signal: 'SIGTERM', isTerminated: true });
});

test('Ctrl-C ends such a loop in a script, with 130', async () => {
  const program = await running('-e', SPINS);
  program.kill('SIGINT');
  expect(await program.ended).toMatchObject({ exitCode: 130, stderr: 'interrupted' });
});

test('code that waits hears SIGTERM, and the server a goodbye', async () => {
  const heard: string[] = [];
  const packets: PacketObserver = {
    received: (_, { type }) => void heard.push(type),
    said: () => undefined,
    written: () => undefined,
  };
  const { server, address } = await startServer({ packets });
  const program = await running(address, '-e', WAITS);
  await until('it is connected', () => server.stats().clients === 1);
  program.kill('SIGTERM');
  expect(await program.ended).toMatchObject({ exitCode: 130 });
  await until('the goodbye', () => heard.includes('bye.indication'));
});
