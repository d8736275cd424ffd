/** 10,000 clients held, all asking, all relaying. */
import { disperse, everybodyAsks, gather } from '../../test/harm/crowd.ts';
import { withDaemon } from '../../test/harm/daemon.ts';
import { residentBytes } from '../../test/harm/memory.ts';
import { soak } from './soak.ts';

await soak('10000-clients', ({ short }) =>
  withDaemon({ args: ['--unlisted'] }, async (daemon) => {
    const members = await gather(daemon.port, short ? 1_000 : 10_000);
    const figures = await everybodyAsks(members, short ? 2 : 5);
    const { now, most } = residentBytes(daemon.pid);
    disperse(members);
    const mib = (bytes: number): number => Math.round(bytes / 1_048_576);
    return { ...figures, residentMiB: mib(now), mostMiB: mib(most) };
  }),
);
