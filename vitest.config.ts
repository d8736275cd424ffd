import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import SlowestFirst from './test/helpers/slowest-first.ts';

const { VITEST_JSON, CI } = process.env;

// Tests start the kit's commands some thousand times, and loading their modules is most of what a start costs.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('node_modules/.compile-cache', import.meta.url));

export default defineConfig({
  test: {
    globalSetup: './test/helpers/built.ts',
    sequence: { sequencer: SlowestFirst },
    projects: [
      { extends: true, test: { name: 'kit', include: ['test/**/*.test.ts'] } },
      // What test/net asks of node:net it asks of the C socket API as well.
      ...(process.platform === 'linux'
        ? [
            {
              extends: true as const,
              test: { name: 'libc', include: ['test/net/*.test.ts'], env: { NET_TRANSPORT: 'libc' } },
            },
          ]
        : []),
    ],
    // Processes, not threads: tests open sockets, send signals and change folders.
    pool: 'forks',
    // Most tests wait for processes, timers of TCP and captures longer than they compute: three keep two cores busy.
    maxWorkers: 3,
    // Tests start real servers, tcpdump and npm on two shared cores: a bound against hanging, not a measure of speed.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // In CI, with other work on its cores, a test may be tried once more; each that needed it is named in the report.
    retry: CI ? 1 : 0,
    // Slower ones are named in the report.
    slowTestThreshold: 5_000,
    // The default reporter is silent about skipped tests in a passing file; the second one names each.
    reporters: [
      'default',
      './test/helpers/skipped-reporter.ts',
      './test/helpers/retried-reporter.ts',
      ...(VITEST_JSON ? [['json', { outputFile: VITEST_JSON }] satisfies [string, object]] : []),
    ],
  },
});
