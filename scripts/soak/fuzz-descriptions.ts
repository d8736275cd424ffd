/** A million harmed descriptions. */
import { fuzzDescriptions } from '../../test/harm/fuzz-descriptions.ts';
import { soak } from './soak.ts';

await soak('fuzz-descriptions', ({ short }) =>
  Promise.resolve(fuzzDescriptions(short ? 500 : 1_000_000, Date.now() >>> 0)),
);
