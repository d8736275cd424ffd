import { text } from '../../src/check/index.ts';
import { findProgram } from '../../src/host/index.ts';
import { BIND_PROGRAM, bindCommand, type Run } from '../../src/lab/index.ts';

export const ROLES = ['client-first', 'server-first'] as const;
export type Role = (typeof ROLES)[number];

/** Attempts to bind the server's port again, in their order. */
export const ATTEMPTS = [
  { id: 'bind-without', reuse: false, during: true },
  { id: 'bind-with', reuse: true, during: true },
  { id: 'bind-afterwards', reuse: false, during: false },
] as const;

const MOST_ATTEMPTS = 10;
const WAIT = text('TIME_WAIT runs (seconds)', '等待 TIME_WAIT（秒）');

export async function scenario(run: Run): Promise<void> {
  const { address } = run.world.host('server');
  const port = run.variant.port;
  const bound = run.number('mostSeconds');
  const hello = `${Array.from({ length: run.number('words') }, () => 'hello').join(' ')}\n`;
  run.progress(WAIT, 0, 60);
  const first = await run.startPeer('server', 'server-1');
  const second = await run.startPeer('server', 'server-2');
  const client = await run.startPeer('client', 'client');
  await first.listen(address, port, { habits: { answersFin: true } });
  await second.listen(address, port + 1);

  let connections = 0;
  for (const role of ROLES) {
    const serverPort = role === 'client-first' ? port : port + 1;
    const server = role === 'client-first' ? first : second;
    const waiter = role === 'client-first' ? 'client' : 'server';
    await run.phase(role, { serverPort, waiter }, async (facts) => {
      for (let attempt = 1; ; attempt++) {
        const { connection, localPort } = await client.connect(address, serverPort);
        connections++;
        facts['clientPort'] = localPort;
        facts['attempts'] = attempt;
        await server.until(attempt, 'open');
        await client.send(connection, { text: hello });
        await server.until(attempt, 'bytes', hello.length);
        if (role === 'client-first') await client.finish(connection);
        else await server.finish(attempt);
        await client.until(connections, 'closed');
        await server.until(attempt, 'closed');
        const waits = (): boolean =>
          run.world
            .host(waiter)
            .readSockets()
            .some((row) => row.state === 'TIME_WAIT' && concerns(row, localPort));
        const gone = (): boolean =>
          run.world.hosts.every((host) => !host.readSockets().some((row) => concerns(row, localPort)));
        await run.until('both sides have closed', () => waits() || gone());
        // A late ACK of the one side can draw a RST that ends TIME_WAIT at once (RFC 1337): then once more.
        if (!waits() && attempt < MOST_ATTEMPTS) continue;
        const other = waiter === 'client' ? 'server' : 'client';
        await run.untilSocket(other, 'its socket', (row) => concerns(row, localPort), false);
        run.snapshot(`${role} closed`);
        return;
      }
    });
  }

  await run.end(second);
  const hasPerl = findProgram(BIND_PROGRAM) !== undefined;
  for (const { id, reuse } of ATTEMPTS.filter(({ during }) => during))
    if (hasPerl) await attempt(run, id, reuse);

  const startedMs = performance.now();
  let shown = 0;
  await run.until(
    'TIME_WAIT is gone from both tables',
    () => {
      const seconds = Math.floor((performance.now() - startedMs) / 1000);
      if (seconds > shown && seconds <= 60) run.progress(WAIT, (shown = seconds), 60);
      return run.world.hosts.every((host) => !host.readSockets().some(({ state }) => state === 'TIME_WAIT'));
    },
    bound * 1000,
  );
  run.progress(WAIT, 60, 60);
  run.snapshot('minute over');
  for (const { id, reuse } of ATTEMPTS.filter(({ during }) => !during))
    if (hasPerl) await attempt(run, id, reuse);
  for (const peer of [first, client]) await run.end(peer);
}

const concerns = (row: { localPort: number; remotePort: number }, port: number): boolean =>
  row.localPort === port || row.remotePort === port;

/** Tries to listen on the second server's port again; notes the tables while the program still holds it. */
async function attempt(run: Run, id: string, reuse: boolean): Promise<void> {
  const serverPort = run.variant.port + 1;
  await run.phase(id, { reuse, serverPort }, async (facts) => {
    const command = bindCommand(reuse, run.world.host('server').address, serverPort);
    const { process, lines } = run.startProgram('server', id, command, 'pipe');
    await run.until('the program has tried', () => lines.includes('done') || process.end !== undefined);
    run.snapshot(id);
    process.stdin?.end();
    await process.ended;
    facts['said'] = lines.filter((line) => line !== 'done').join(', ');
  });
}
