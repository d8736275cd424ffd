/** 100 of 1,000 clients stop reading. */
import { slowReaders } from '../../test/harm/slow-readers.ts';
import { soak } from './soak.ts';

await soak('slow-readers', async ({ short }) => {
  const figures = await (short ? slowReaders(200, 20, 400) : slowReaders(1_000, 100, 2_000));
  if (figures.ratio > 2)
    throw new Error(`the others waited ${figures.ratio} times as long: ${JSON.stringify(figures)}`);
  // Half of the slow look, and all of those that look in time are told; a busy machine may be late.
  if (figures.told < figures.slow / 4 || figures.growthMiB > 256) throw new Error(JSON.stringify(figures));
  return figures;
});
