/** Ten million frames against the decoder of every description. */
import { fuzzDecoders } from '../../test/harm/fuzz-decoder.ts';
import { soak } from './soak.ts';

/** Ten million frames may leave no more behind than twenty thousand: what is compiled and warmed up by then. */
const MOST_GROWTH_BYTES = 4 * 1024 * 1024;

await soak('fuzz-frames', ({ short }) => {
  const figures = fuzzDecoders(short ? 20_000 : 10_000_000, Date.now() >>> 0);
  if (figures.heapGrowthBytes > MOST_GROWTH_BYTES) throw new Error(JSON.stringify(figures));
  return Promise.resolve(figures);
});
