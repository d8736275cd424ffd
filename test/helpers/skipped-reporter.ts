import type { Reporter, TestModule, Vitest } from 'vitest/node';

/** Says at the end of a run which tests did not run, and why, so that a green run cannot hide them. */
export default class SkippedReporter implements Reporter {
  #filtered = false;

  onInit(vitest: Vitest): void {
    // With -t PATTERN all others are skipped, and whoever typed it knows.
    this.#filtered = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (this.#filtered) return;
    const lines: string[] = [];
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        const result = test.result();
        const note = result.state === 'skipped' && result.note ? ` [${result.note}]` : '';
        lines.push(`  ${module.relativeModuleId} > ${test.fullName}${note}`);
      }
    }
    if (lines.length > 0) process.stdout.write(`Skipped:\n${lines.join('\n')}\n\n`);
  }
}
