/** Fifty thousand harmed descriptions. */
import { fuzzDescriptions } from '../../test/harm/fuzz-descriptions.ts';
import { soak } from './soak.ts';

await soak('fuzz-descriptions', ({ short }) =>
  Promise.resolve(fuzzDescriptions(short ? 500 : 50_000, Date.now() >>> 0)),
);
