/** Frames and captures, guided by which blocks of the source have run. GUIDED_KEEP=1 writes what they found. */
import { writeCaptures, writeFrames } from '../../test/harm/corpus.ts';
import { guidedCaptures, guidedFrames } from '../../test/harm/fuzz-guided.ts';
import { soak } from './soak.ts';

await soak('fuzz-guided', ({ short }) => {
  const seed = Date.now() >>> 0;
  const frames = guidedFrames(short ? 640 : 200_000, seed);
  const captures = guidedCaptures(short ? 128 : 50_000, seed);
  if (process.env['GUIDED_KEEP'] === '1') {
    writeFrames(frames.map(({ protocol, speaker, found }) => ({ protocol, speaker, frames: found })));
    writeCaptures(captures.found);
  }
  const sum = (of: (one: (typeof frames)[number]) => number): number =>
    frames.reduce((total, one) => total + of(one), 0);
  return Promise.resolve({
    frames: sum((one) => one.inputs),
    sourceByExamples: sum((one) => one.reachedBySeeds),
    sourceAtTheEnd: sum((one) => one.reached),
    keptFrames: sum((one) => one.found.length),
    captures: captures.inputs,
    analysisBySeeds: captures.reachedBySeeds,
    analysisAtTheEnd: captures.reached,
    keptCaptures: captures.found.length,
    seed,
  });
});
