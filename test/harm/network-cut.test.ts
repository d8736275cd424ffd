import { expect, test } from 'vitest';
import type { CutPlan, CutResult } from '../host/scenarios/network-cut.ts';
import { lacks, perform } from '../host/support/perform.ts';

const cut = (plan: CutPlan): Promise<CutResult> => perform<CutResult>('network-cut', plan);

test.skipIf(lacks !== '')(
  `the cable is out for a second under load: TCP saves every request${lacks}`,
  async () => {
    const got = await cut({ cutMs: 1_000, heartbeatS: 30 });
    expect(got.failed).toEqual({});
    expect(got.notices).toEqual([]);
    expect(got.ended).toEqual([]);
    // The requests and answers of that second went again.
    expect(got.retransmitted).toBeGreaterThan(0);
  },
  180_000,
);

test.skipIf(lacks !== '')(
  `longer than heartbeats wait: both ends notice, the client says so, comes back and is served${lacks}`,
  async () => {
    const got = await cut({ cutMs: 3_000, heartbeatS: 1, untilNoticed: true });
    // The server's side of it: let go while the cable was out, and nobody is left in its list.
    expect(got.noticed).toEqual([{ why: 'idle', clients: 0 }]);
    expect(got.notices[0]).toMatch(/^connection lost: .*heartbeat/);
    expect(got.notices).toContainEqual(expect.stringMatching(/^trying again in \d/));
    expect(got.notices.at(-1)).toBe('connected again');
    // Those under way were told; none was repeated behind the user's back.
    expect(got.failed['connection-lost']).toBe(20);
    expect(got.listed).toBe(1);
  },
  180_000,
);
