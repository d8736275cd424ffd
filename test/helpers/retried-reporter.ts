import type { Reporter, TestModule } from 'vitest/node';

/** A difference of two long values would bury the next test's name. */
const MOST_CHARACTERS = 2_000;

/**
 * Names the tests that passed only when they were tried again, and what went wrong first. A busy machine in CI may lose
 * a race once; that must not hide, since a test that does so often is wrong.
 */
export default class RetriedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines: string[] = [];
    for (const module of modules) {
      for (const test of module.children.allTests('passed')) {
        if (test.diagnostic()?.flaky !== true) continue;
        const [first] = test.result().errors ?? [];
        const what = [first?.message ?? '', first?.diff ?? ''].join('\n').slice(0, MOST_CHARACTERS);
        lines.push(
          `  ${module.relativeModuleId} > ${test.fullName}: ${what.trimEnd().replaceAll('\n', '\n    ')}`,
        );
      }
    }
    if (lines.length > 0) process.stdout.write(`Passed only when tried again:\n${lines.join('\n')}\n\n`);
  }
}
