import { parseArgs } from 'node:util';

export interface SoakOptions {
  /** For what lasts as long as one lets it. */
  readonly minutes: number;
  /** Seconds instead of minutes: to see that the program itself works. */
  readonly short: boolean;
}

/** What was seen, for the table. */
export type Figures = Readonly<Record<string, number | string | boolean>>;

/** What a soak program says as its last line, as JSON. */
export interface SoakResult {
  readonly test: string;
  readonly held: boolean;
  readonly seconds: number;
  readonly figures: Figures;
  /** Why it did not hold. */
  readonly problem?: string;
}

/**
 * The frame of each program in this folder: `node scripts/soak/NAME.ts [--minutes N] [--short]` runs one test of
 * endurance. `run` throws when what must hold does not. The last line on standard output is a SoakResult; the exit code
 * is 0 when all held, else 1. `npm run soak` runs them all (scripts/soak.ts).
 */
export async function soak(
  test: string,
  run: (options: SoakOptions) => Promise<Figures | object>,
): Promise<void> {
  const { values } = parseArgs({
    options: { minutes: { type: 'string', default: '60' }, short: { type: 'boolean', default: false } },
  });
  const startMs = performance.now();
  const seconds = (): number => Math.round((performance.now() - startMs) / 100) / 10;
  let result: SoakResult;
  try {
    const figures = await run({ minutes: Number(values.minutes), short: values.short });
    result = { test, held: true, seconds: seconds(), figures: { ...figures } };
  } catch (error) {
    const problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
    result = { test, held: false, seconds: seconds(), figures: {}, problem };
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exitCode = result.held ? 0 : 1;
}
