import { text } from '../../src/check/index.ts';
import type { PeerHandle, Run } from '../../src/lab/index.ts';

/** How the server finds out, in the order of its ports. */
export const WAYS = ['silence', 'keep-alive', 'send', 'heartbeat', 'idle'] as const;
export type Way = (typeof WAYS)[number];

const QUESTION = 'are you there?\n';

/** The kernel settings that matter, and the names under which the machine's own values are kept. */
export const SETTINGS = {
  'net.ipv4.tcp_keepalive_time': 'ownKeepAliveSeconds',
  'net.ipv4.tcp_keepalive_intvl': 'ownKeepAliveInterval',
  'net.ipv4.tcp_keepalive_probes': 'ownKeepAliveProbes',
  'net.ipv4.tcp_retries2': 'ownRetries',
} as const;

export async function scenario(run: Run): Promise<void> {
  const step = text('a client dies unseen', '客户端悄然死去');
  run.progress(step, 0, 3);
  const host = run.world.host('server');
  const server = await run.startPeer('server', 'server');
  const client = await run.startPeer('client', 'client');
  const living = await run.startPeer('living', 'living');
  const hello = `${run.variant.clientName} is here\n`;
  await run.phase('cut', {}, async (facts) => {
    const own = await host.getSysctls(Object.keys(SETTINGS));
    for (const [setting, name] of Object.entries(SETTINGS)) facts[name] = Number(own[setting]);
    await host.setSysctls({
      'net.ipv4.tcp_keepalive_time': run.number('keepAliveSeconds'),
      'net.ipv4.tcp_keepalive_intvl': run.number('keepAliveInterval'),
      'net.ipv4.tcp_keepalive_probes': run.number('keepAliveProbes'),
      'net.ipv4.tcp_retries2': run.number('retries'),
    });
    await listen(run, server, host.address);
    for (const [who, peer] of [['dead', client] as const, ['living', living] as const]) {
      for (const [index, way] of WAYS.entries()) {
        const { localPort } = await peer.connect(host.address, run.variant.port + index, {
          habits: { echoes: way === 'heartbeat' || way === 'send' },
        });
        facts[`${who} ${way}`] = localPort;
        await server.until(there(who, way), 'open');
      }
    }
    // Every connection is heard once more, and the heartbeat is seen to be answered, before the cable goes.
    await server.until(there('dead', 'heartbeat'), 'bytes', 1);
    await server.until(there('living', 'heartbeat'), 'bytes', 1);
    for (const [who, peer] of [['dead', client] as const, ['living', living] as const]) {
      for (const [index, way] of WAYS.entries()) {
        await peer.send(index + 1, { text: hello });
        await server.until(there(who, way), 'bytes', hello.length);
      }
    }
    run.snapshot('connected');
    run.progress(step, 1, 3);
    await run.world.cable('client').unplug();
    facts['cutUs'] = run.note('client', 'cable-unplugged');
    run.mayEnd(client.process);
    client.process.kill('SIGKILL');
    await client.process.ended;
    facts['killedUs'] = run.note('client', 'client-killed');
    run.progress(step, 2, 3);
    for (const who of ['dead', 'living'] as const) {
      facts[`sent ${who}`] = run.note('server', 'line-sent', { to: who });
      await server.send(there(who, 'send'), { text: QUESTION });
    }
    for (const way of WAYS.filter((each) => each !== 'silence'))
      await server.until(there('dead', way), 'closed');
    await server.until(there('living', 'idle'), 'closed');
    run.snapshot('over');
  });
  run.progress(step, 3, 3);
  await run.end(living);
  await run.end(server);
}

/** The server numbers connections as it accepts them. */
const there = (who: 'dead' | 'living', way: Way): number =>
  WAYS.indexOf(way) + 1 + (who === 'dead' ? 0 : WAYS.length);

async function listen(run: Run, server: PeerHandle, address: string): Promise<void> {
  const habits = {
    silence: {},
    'keep-alive': { keepAlive: true },
    send: {},
    heartbeat: { beatMs: run.number('beatMs'), beatsMissed: run.number('beatsMissed') },
    idle: { idleMs: run.number('idleMs') },
  };
  for (const [index, way] of WAYS.entries())
    await server.listen(address, run.variant.port + index, { habits: habits[way] });
}
