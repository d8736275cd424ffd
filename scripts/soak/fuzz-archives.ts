/** Twenty thousand harmed archives, handed in. */
import { fuzzArchives } from '../../test/harm/fuzz-archives.ts';
import { soak } from './soak.ts';

await soak('fuzz-archives', ({ short }) =>
  Promise.resolve(fuzzArchives(short ? 300 : 20_000, Date.now() >>> 0)),
);
