/** The cable between chatd and chat-repl is out for 1, 5 and 60 seconds under load. */
import type { CutResult } from '../../test/host/scenarios/network-cut.ts';
import { perform } from '../../test/host/support/perform.ts';
import { soak } from './soak.ts';

await soak('network-cut', async ({ short }) => {
  const figures: Record<string, string> = {};
  for (const seconds of short ? [1] : [1, 5, 60]) {
    const got = await perform<CutResult>('network-cut', {
      ...{ cutMs: 1000 * seconds, heartbeatS: 2, untilNoticed: seconds >= 5 },
    });
    const failures = Object.entries(got.failed).map(([code, count]) => `${count} ${code}`);
    const again = got.notices.filter((notice) => notice === 'connected again').length;
    if (got.listed !== 1) throw new Error(`after ${seconds} s: ${JSON.stringify(got)}`);
    // Heartbeats of 2 s notice within 4: longer cuts must have been said, and mended.
    if (seconds >= 5 && again === 0) throw new Error(`nobody noticed ${seconds} s: ${JSON.stringify(got)}`);
    const [noticed, ...others] = got.noticed;
    if (seconds >= 5 && (noticed?.why !== 'idle' || noticed.clients !== 0 || others.length > 0))
      throw new Error(`the server: ${JSON.stringify(got.noticed)}`);
    figures[`cut ${seconds} s`] =
      `answered ${got.answered}, failed ${failures.join(' ') || 'none'}, sent again ${got.retransmitted}, ` +
      `reconnected ${again}, back after ${got.backMs} ms`;
  }
  return figures;
});
