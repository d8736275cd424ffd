/** kill -9 of runner, client, server and tcpdump at fifty moments by chance, over three short labs. */
import { Chance } from '../../test/harm/random.ts';
import { killLabs } from '../../test/harm/lab-kills.ts';
import { scratch } from '../../test/helpers/lab.ts';
import { soak } from './soak.ts';

await soak('lab-kills', async ({ short }) => {
  const seed = Date.now() >>> 0;
  const chance = new Chance(seed);
  const plan = short
    ? [['8', 4] as const]
    : ([
        ['1', 16],
        ['3', 16],
        ['8', 18],
      ] as const);
  let [kills, complete, incomplete] = [0, 0, 0];
  const byVictim: Record<string, number> = {};
  for (const [lab, times] of plan) {
    const figures = await killLabs(lab, times, chance, scratch()).catch((error: unknown) => {
      throw new Error(`seed ${seed}, lab ${lab}`, { cause: error });
    });
    kills += figures.kills;
    complete += figures.complete;
    incomplete += figures.incomplete;
    for (const [victim, count] of Object.entries(figures.byVictim))
      byVictim[victim] = (byVictim[victim] ?? 0) + count;
  }
  return { kills, incomplete, complete, ...byVictim, leftOver: 0 };
});
