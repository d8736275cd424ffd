import { test } from 'vitest';

/** `test`, or, where there is a reason against it on this machine, a skipped test with the reason in its name. */
export function testUnless(
  reason: string | undefined,
  name: string,
  run: () => Promise<void> | void,
  timeoutMs?: number,
): void {
  if (reason === undefined) test(name, run, timeoutMs);
  else test.skip(`${name} (skipped: ${reason})`, run);
}
