/** Twenty thousand harmed notebooks, handed in. */
import { fuzzNotebooks } from '../../test/harm/fuzz-notebooks.ts';
import { soak } from './soak.ts';

await soak('fuzz-notebooks', ({ short }) =>
  Promise.resolve(fuzzNotebooks(short ? 100 : 20_000, Date.now() >>> 0)),
);
