import type { Reporter, TestModule } from 'vitest/node';

/**
 * Names the tests that passed only when they were tried again. A busy machine in CI may lose a race once; that must not
 * hide, since a test that does so often is wrong.
 */
export default class RetriedReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const lines: string[] = [];
    for (const module of modules) {
      for (const test of module.children.allTests('passed')) {
        if (test.diagnostic()?.flaky !== true) continue;
        const [first] = test.result().errors ?? [];
        lines.push(`  ${module.relativeModuleId} > ${test.fullName}: ${first?.message.split('\n')[0] ?? ''}`);
      }
    }
    if (lines.length > 0) process.stdout.write(`Passed only when tried again:\n${lines.join('\n')}\n\n`);
  }
}
