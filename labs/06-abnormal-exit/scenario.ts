import { english, KitError } from '../../src/bytes/index.ts';
import { isRecord, text } from '../../src/check/index.ts';
import type { ClientHandle, Run, ServerHandle } from '../../src/lab/index.ts';

/** How the client ends while its cable is out; `control` is killed and plugged in again at once. */
export const WAYS = ['exit', 'kill', 'close'] as const;
export const CASES = [...WAYS, 'control'] as const;
export type Way = (typeof CASES)[number];

const STEP = text('clients end without their cable', '客户端在断线时结束');
const ORPHANS = 'net.ipv4.tcp_orphan_retries';

export async function scenario(run: Run): Promise<void> {
  const server = await run.startServer('server');
  for (const [index, way] of CASES.entries()) {
    run.progress(STEP, index, CASES.length);
    await run.world
      .host('client')
      .setSysctls({ [ORPHANS]: String(way === 'control' ? 0 : run.number('orphanRetries')) });
    await oneCase(run, server, way);
  }
  await server.stop();
  run.progress(STEP, CASES.length, CASES.length);
}

async function oneCase(run: Run, server: ServerHandle, way: Way): Promise<void> {
  const target = { host: server.address, port: server.port };
  await run.phase(way, {}, async (facts) => {
    const victim = await run.startClient('client');
    const { id, localPort } = await victim.connect(target);
    facts['victimPort'] = localPort;
    facts['victimId'] = id;
    run.snapshot(`${way} connected`);
    await run.world.cable('client').unplug();
    facts['unpluggedUs'] = run.note('client', 'cable-unplugged');
    facts['endedUs'] = await endIt(run, victim, way);
    const here = (row: { localPort: number }): boolean => row.localPort === localPort;
    await run.untilSocket('client', 'FIN_WAIT1', (row) => here(row) && row.state === 'FIN_WAIT1');
    run.snapshot(`${way} ended`);
    if (way === 'control') {
      await run.world.cable('client').plug();
      facts['pluggedUs'] = run.note('client', 'cable-plugged');
      const there = (row: { remotePort: number }): boolean => row.remotePort === localPort;
      await run.untilSocket('server', 'its socket', there, false, 40_000);
      run.snapshot(`${way} noticed`);
      return;
    }
    await run.untilSocket('client', 'its socket', here, false, 40_000);
    if (way === 'close') await run.end(victim);
    facts['neighbour'] = await untilNoAddress(run, server.address);
    run.snapshot(`${way} forgotten`);
    await run.world.cable('client').plug();
    facts['pluggedUs'] = run.note('client', 'cable-plugged');
    await listAndSend(run, server, way, id, localPort, facts);
  });
}

/**
 * Resolves when the client's kernel has given up looking for the server's link address too. Losing the carrier empties
 * its table of neighbours; a FIN that is sent then waits for ARP (RFC 1122, section 2.3.2.2), and would leave when the
 * cable is back although its socket is gone.
 */
async function untilNoAddress(run: Run, address: string): Promise<string> {
  const host = run.world.host('client');
  const deadline = performance.now() + 30_000;
  for (;;) {
    const { stdout } = await host.exec('ip', ['neigh', 'show', 'to', address]);
    const state = stdout.trim().split(' ').at(-1) ?? '';
    if (!['INCOMPLETE', 'DELAY', 'PROBE', 'REACHABLE', 'STALE'].includes(state))
      return state === '' ? 'none' : state;
    if (performance.now() > deadline)
      throw new KitError('not-in-time', english(`the client still has a neighbour in state ${state}`), {
        fault: 'machine',
      });
  }
}

/** Ends the client in its way; answers when. */
async function endIt(run: Run, victim: ClientHandle, way: Way): Promise<number> {
  run.mayEnd(victim.process);
  const atUs = run.note('client', 'client-ends', {
    signal: way === 'kill' || way === 'control' ? 'SIGKILL' : way,
  });
  switch (way) {
    case 'exit':
      await victim.exit();
      break;
    case 'kill':
    case 'control':
      victim.process.kill('SIGKILL');
      await victim.process.ended;
      break;
    case 'close':
      // It resolves when the server has closed too, which it cannot hear of.
      void victim.disconnect().catch(() => undefined);
  }
  return atUs;
}

type Facts = Record<string, number | string | boolean>;

async function listAndSend(
  run: Run,
  server: ServerHandle,
  way: Way,
  victimId: number,
  victimPort: number,
  facts: Facts,
): Promise<void> {
  const visitor = await run.startClient('client');
  await visitor.connect({ host: server.address, port: server.port });
  facts['listedBefore'] = lists(await visitor.call('list'), victimPort);
  run.snapshot(`${way} listed`);
  facts['sentUs'] = run.note('client', 'send-to-dead', { client: victimId });
  facts['sendOutcome'] = await outcomeOf(
    visitor.call('send', [
      victimId,
      `are you there? ${run.variant.clientName} asks, ${run.number('textNumber')}`,
    ]),
  );
  facts['answeredUs'] = run.note('client', 'send-answered');
  await run.untilSocket('server', 'its socket', (row) => row.remotePort === victimPort, false, 40_000);
  run.snapshot(`${way} noticed`);
  facts['listedAfter'] = lists(await visitor.call('list'), victimPort);
  await visitor.disconnect();
  await run.end(visitor);
}

const lists = (value: unknown, port: number): boolean =>
  Array.isArray(value) && value.some((entry) => isRecord(entry) && entry['port'] === port);

async function outcomeOf(call: Promise<unknown>): Promise<string> {
  try {
    const value = await call;
    return isRecord(value) ? String(value['outcome']) : 'answered';
  } catch (error) {
    if (error instanceof KitError) return error.code;
    throw error;
  }
}
