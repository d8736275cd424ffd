import { isRecord, text } from '../../src/check/index.ts';
import type { ClientHandle, Run } from '../../src/lab/index.ts';

const STEP = text('many clients at once', '多个客户端同时请求');

export async function scenario(run: Run): Promise<void> {
  const { clientName } = run.variant;
  const [requests, texts] = [run.number('requests'), run.number('texts')];
  const count = run.number('clients');
  const server = await run.startServer('server');
  const target = { host: server.address, port: server.port };
  const clients: { readonly handle: ClientHandle; port: number }[] = [];
  for (let number = 1; number <= count; number++) {
    run.progress(STEP, number, count);
    clients.push({ handle: await run.startClient('client'), port: 0 });
  }
  await run.phase('connect', { clients: count, requests, texts }, async (facts) => {
    for (const [index, client] of clients.entries()) {
      client.port = (
        await client.handle.connect({ ...target, name: `${clientName}-${index + 1}` })
      ).localPort;
      facts[`port${index + 1}`] = client.port;
    }
    run.snapshot('all connected');
  });

  // The server is held while all of them send: so all requests are at its kernel, and none is answered, at one moment.
  await run.phase('time', {}, async (facts) => {
    server.process.kill('SIGSTOP');
    facts['stoppedUs'] = run.note('server', 'signal', { signal: 'SIGSTOP' });
    const answers = clients.map(({ handle }) =>
      handle.calls('time', { count: requests, pace: 'all-at-once' }),
    );
    await run.until(
      'every request has reached the server’s kernel',
      () => allWait(run, server.port, requests),
      60_000,
    );
    run.snapshot('all waiting');
    // Noted before it is sent: the server may answer before this process runs again.
    facts['resumedUs'] = run.note('server', 'signal', { signal: 'SIGCONT' });
    server.process.kill('SIGCONT');
    await Promise.all(answers);
  });

  // Texts from each to the next: who is to get it stands in each, so that a mix-up would show.
  await run.phase('ring', {}, async () => {
    const list = await clients[0]?.handle.call('list');
    const entries: unknown[] = Array.isArray(list) ? list : [];
    const numberOf = (port: number): number => {
      const entry = entries.find((each) => isRecord(each) && each['port'] === port);
      return isRecord(entry) ? Number(entry['id']) : 0;
    };
    await Promise.all(
      clients.flatMap(({ handle }, index) => {
        const next = (index + 1) % count;
        const to = numberOf(clients[next]?.port ?? 0);
        return Array.from({ length: texts }, (_, number) =>
          handle.call('send', [to, ringText(clientName, index + 1, next + 1, number + 1)]),
        );
      }),
    );
    run.snapshot('all answered');
  });
  await run.phase('over', {}, async () => {
    for (const { handle } of clients) {
      await handle.disconnect();
      await run.end(handle);
    }
    await server.stop();
  });
}

export const ringText = (name: string, from: number, to: number, number: number): string =>
  `${name}: from ${from} to ${to}, ${number}`;

/** All connections have the same number of bytes waiting for the server's program, and the clients nothing to send. */
function allWait(run: Run, port: number, requests: number): boolean {
  const there = run.world
    .host('server')
    .readSockets()
    .filter(({ localPort, state }) => localPort === port && state === 'ESTABLISHED')
    .map(({ receiveQueueBytes }) => receiveQueueBytes);
  const here = run.world
    .host('client')
    .readSockets()
    .filter(({ remotePort }) => remotePort === port);
  const [first = 0] = there;
  return (
    first > 0 &&
    first % requests === 0 &&
    there.every((bytes) => bytes === first) &&
    here.every(({ sendQueueBytes }) => sendQueueBytes === 0)
  );
}
