import { text } from '../../src/check/index.ts';
import type { ClientHandle, Run } from '../../src/lab/index.ts';

/** So often must the last SYN have been sent again before the server goes on. */
const REPEATS = 2;

export async function scenario(run: Run): Promise<void> {
  const backlog = run.number('backlog');
  const clients = backlog + 2;
  const step = text('connecting to a stopped server', '连接已暂停的服务器');
  run.progress(step, 0, clients);
  const server = await run.startServer('server', { backlog });
  const target = { host: server.address, port: server.port, timeoutMs: 90_000 };
  const handles: ClientHandle[] = [];
  for (let number = 1; number <= clients; number++) handles.push(await run.startClient('client'));
  await run.phase('stopped', { backlog, clients }, async (facts) => {
    server.process.kill('SIGSTOP');
    facts['stoppedUs'] = run.note('server', 'signal', { signal: 'SIGSTOP' });
    const [listener] = await run.world.host('server').readListeners();
    facts['limit'] = listener?.limit ?? -1;
    const here = run.world.host('client');
    const known = new Set<number>();
    const connecting: Promise<unknown>[] = [];
    for (const [index, handle] of handles.entries()) {
      const number = index + 1;
      connecting.push(handle.connect(target));
      const fresh = (): { localPort: number; state: string; retransmits: number } | undefined =>
        here
          .readSockets()
          .find(({ localPort, remotePort }) => remotePort === server.port && !known.has(localPort));
      await run.until(`client ${number} has sent its SYN`, () => fresh() !== undefined);
      // The last one is not answered: its SYN is sent again.
      await run.until(
        `client ${number} is connected, or has tried often enough`,
        () => fresh()?.state === 'ESTABLISHED' || (fresh()?.retransmits ?? 0) >= REPEATS,
        30_000,
      );
      const port = fresh()?.localPort ?? 0;
      known.add(port);
      facts[`port${number}`] = port;
      run.snapshot(`client ${number}`);
      run.progress(step, number, clients);
    }
    const [full] = await run.world.host('server').readListeners();
    facts['waiting'] = full?.waiting ?? -1;
    // Noted before it is sent: the server may take a client before this process runs again.
    facts['resumedUs'] = run.note('server', 'signal', { signal: 'SIGCONT' });
    server.process.kill('SIGCONT');
    await Promise.all(connecting);
    run.snapshot('resumed');
  });
  await run.phase('list', {}, async () => {
    await handles[0]?.call('list');
  });
  for (const handle of handles) {
    await handle.disconnect();
    await run.end(handle);
  }
  await server.stop();
}
