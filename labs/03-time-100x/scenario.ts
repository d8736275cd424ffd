import { text } from '../../src/check/index.ts';
import type { Run, ServerHandle } from '../../src/lab/index.ts';

/** The four connections, in the order in which they are made. */
export const PHASES = [
  { id: 'one-by-one', pace: 'one-by-one', nagle: false },
  { id: 'all-at-once', pace: 'all-at-once', nagle: false },
  { id: 'one-by-one-nagle', pace: 'one-by-one', nagle: true },
  { id: 'all-at-once-nagle', pace: 'all-at-once', nagle: true },
] as const;
export type Phase = (typeof PHASES)[number];

/** The moments at which the socket tables are noted, as the labels of the snapshots say them. */
export const MOMENTS = ['before', 'connected', 'answered', 'closed'] as const;

/** Behind the client’s name, as many as the variant says: so the bytes that it sends are counted by each student. */
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';

export async function scenario(run: Run): Promise<void> {
  const requests = run.number('requests');
  for (const nagle of [false, true]) {
    const server = await run.startServer('server', { nagle });
    for (const phase of PHASES.filter((candidate) => candidate.nagle === nagle)) {
      await onePhase(run, server, phase, requests);
    }
    await server.stop();
  }
}

async function onePhase(run: Run, server: ServerHandle, phase: Phase, requests: number): Promise<void> {
  const step = text(
    `${requests} requests ${phase.pace === 'one-by-one' ? 'one by one' : 'all at once'}, Nagle ${phase.nagle ? 'on' : 'off'}`,
    `${phase.pace === 'one-by-one' ? '逐个' : '一次全部'}发出 ${requests} 个请求，Nagle ${phase.nagle ? '开启' : '关闭'}`,
  );
  run.progress(step, 0, requests);
  await run.phase(phase.id, { pace: phase.pace, nagle: phase.nagle, requests }, async (facts) => {
    const client = await run.startClient('client');
    run.snapshot(`${phase.id} before`);
    const { address: host, port } = server;
    const { localPort } = await client.connect({
      host,
      port,
      name: `${run.variant.clientName}${LETTERS.slice(0, run.number('nameLetters'))}`,
      nagle: phase.nagle,
    });
    facts['clientPort'] = localPort;
    run.snapshot(`${phase.id} connected`);
    await client.calls('time', {
      count: requests,
      pace: phase.pace,
      progress: (done) => run.progress(step, done, requests),
    });
    run.snapshot(`${phase.id} answered`);
    await client.disconnect();
    const clientHost = run.world.host('client');
    await run.until('the client’s socket is in TIME_WAIT', () =>
      clientHost
        .readSockets()
        .some((row) => row.localPort === localPort && row.remotePort === port && row.state === 'TIME_WAIT'),
    );
    run.snapshot(`${phase.id} closed`);
    await run.end(client);
  });
}
