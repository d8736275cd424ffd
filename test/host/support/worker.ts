/** Runs one scenario on the stage it was started on, and sends its result over IPC. */
import { KitError } from '../../../src/bytes/index.ts';

const [, , file = '', args = '{}'] = process.argv;
// The stage ends with its parent anyway; this is for a parent that closes the channel and lives on.
process.on('disconnect', () => process.exit(9));

function describeError(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    message: error.message,
    stack: error.stack,
    ...(error instanceof KitError ? { code: error.code } : {}),
  };
}

const scenario = (await import(file)) as { default: (args: unknown) => Promise<unknown> };
let answer: object;
try {
  answer = { result: (await scenario.default(JSON.parse(args))) ?? null };
} catch (error) {
  answer = { error: describeError(error) };
}
process.send?.(answer, () => process.exit(0));
