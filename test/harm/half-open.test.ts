import { expect, test } from 'vitest';
import type { HalfOpenPlan, HalfOpenResult } from '../host/scenarios/half-open.ts';
import { lacks, perform } from '../host/support/perform.ts';

const halfOpen = (plan: HalfOpenPlan): Promise<HalfOpenResult> => perform<HalfOpenResult>('half-open', plan);

test.skipIf(lacks !== '')(
  `half-open, the machine does not come back: heartbeats notice, the places are free again, others are served${lacks}`,
  async () => {
    const got = await halfOpen({ comesBack: false, heartbeatS: 1 });
    // Nothing is left there, and the server's kernel does not know.
    expect(got).toMatchObject({ left: 0, halfOpen: 10 });
    expect(got.ended).toEqual(Array<string>(10).fill('idle'));
    expect(got).toMatchObject({ clients: 1, established: 1, fates: [] });
    expect(got.served).toBeGreaterThan(0);
  },
  300_000,
);

test.skipIf(lacks !== '')(
  `half-open, the machine is there again and knows nothing of it: its RST ends them at the next segment${lacks}`,
  async () => {
    const got = await halfOpen({ comesBack: true, heartbeatS: 5 });
    expect(got).toMatchObject({ left: 0, halfOpen: 10 });
    // RFC 9293, section 3.5.1: the heartbeat's segment is answered with a RST.
    expect(got.ended).toEqual(Array<string>(10).fill('ECONNRESET'));
    expect(got).toMatchObject({ clients: 1, established: 1, fates: [] });
    expect(got.served).toBeGreaterThan(0);
  },
  300_000,
);
