/** Ten million frames against the decoder of every description. */
import { fuzzDecoders } from '../../test/harm/fuzz-decoder.ts';
import { soak } from './soak.ts';

await soak('fuzz-frames', ({ short }) =>
  Promise.resolve(fuzzDecoders(short ? 20_000 : 10_000_000, Date.now() >>> 0)),
);
