import { expect, test } from 'vitest';
import { examine, findProgram } from '../../src/host/index.ts';

test('each lack comes with its reason and a remedy, each ability without', async () => {
  const { worlds, findings } = await examine();
  for (const { ok, why, mend } of findings) {
    expect([typeof why, typeof mend]).toEqual(ok ? ['undefined', 'undefined'] : ['string', 'string']);
  }
  const of = (ability: string): boolean | undefined => findings.find((each) => each.ability === ability)?.ok;
  expect(of('worlds')).toBe(worlds.kind === 'namespaces');
  expect(of('listeners')).toBe(findProgram('ss') !== undefined);
});
