/** Frames by chance against a living chatd. */
import { fuzzDaemon } from '../../test/harm/fuzz-daemon.ts';
import { soak } from './soak.ts';

await soak('fuzz-daemon', async ({ short }) => {
  const figures = await fuzzDaemon(short ? 5_000 : 200_000, Date.now() >>> 0);
  if (figures.growthMiB > 128) throw new Error(`chatd grew by ${figures.growthMiB} MiB`);
  return figures;
});
