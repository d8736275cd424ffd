/** Fifty thousand harmed captures. */
import { fuzzCaptures } from '../../test/harm/fuzz-captures.ts';
import { soak } from './soak.ts';

await soak('fuzz-captures', ({ short }) =>
  Promise.resolve(fuzzCaptures(short ? 500 : 50_000, Date.now() >>> 0)),
);
