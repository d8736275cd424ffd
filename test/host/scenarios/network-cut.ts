/** chatd on one host, chat-repl on the other asking without end, and the cable between them out for a while. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createWorld, type Host } from '../../../src/host/index.ts';
import { until } from '../../helpers/until.ts';
import { program } from '../../helpers/programs.ts';

export interface CutPlan {
  /** How long the cable is out. */
  readonly cutMs: number;
  /** Of client and server. */
  readonly heartbeatS: number;
  /** The cable stays out until the server has let its client go, however long that takes. */
  readonly untilNoticed?: boolean;
}

export interface CutResult {
  /** Requests that were answered, and those that failed, by code. */
  readonly answered: number;
  readonly failed: Record<string, number>;
  /** What chat-repl said of its connection. */
  readonly notices: string[];
  /** What the server's log said of its connections while the cable was out: why each ended, and how many were left. */
  readonly noticed: { readonly why: string; readonly clients: number }[];
  /** How the server's connections ended before we stopped it. */
  readonly ended: string[];
  /** Clients in the list at the end. */
  readonly listed: number;
  /** Segments that both kernels sent again. */
  readonly retransmitted: number;
  /** From the plug to the next answer. */
  readonly backMs: number;
}

/** Twenty ask at once, each again as soon as it is answered; a line for each hundred answers, and one for each failure. */
const SCRIPT = `
let answered = 0;
const one = async () => {
  for (;;) {
    try { await time(); if (++answered % 100 === 0) console.log('answered', answered); }
    catch (error) { console.log('failed', error.code); await new Promise((go) => setTimeout(go, 200)); }
  }
};
setInterval(async () => console.log('listed', (await list().catch(() => [])).length), 500);
await Promise.all(Array.from({ length: 20 }, one));
`;

async function retransmitted(host: Host): Promise<number> {
  const { stdout } = await host.exec('nstat', ['-asz', 'TcpRetransSegs']);
  return Number(/TcpRetransSegs\s+(\d+)/.exec(stdout)?.[1]);
}

export default async function networkCut({
  cutMs,
  heartbeatS,
  untilNoticed = false,
}: CutPlan): Promise<CutResult> {
  const folder = await mkdtemp(join(tmpdir(), 'cut-'));
  const world = await createWorld({ hosts: ['server', 'client'] });
  try {
    const [server, client] = [world.host('server'), world.host('client')];
    const env = { NODE_NO_WARNINGS: '1', HOME: folder, XDG_RUNTIME_DIR: folder, XDG_STATE_HOME: folder };
    const seconds = String(heartbeatS);
    const daemon = server.spawn(
      process.execPath,
      [program('bin/chatd'), 'run', '--unlisted', '--host', server.address, '--heartbeat', seconds],
      { env },
    );
    await until('chatd listens', () => daemon.errors.text.includes('"listening"'), 60_000);
    const script = join(folder, 'ask.js');
    await writeFile(script, SCRIPT);
    const repl = client.spawn(
      process.execPath,
      [program('bin/chat-repl'), server.address, script, '--no-rc', '--reconnect', '--heartbeat', seconds],
      { env },
    );
    const answers = (): number => Number([...repl.output.text.matchAll(/answered (\d+)/g)].at(-1)?.[1] ?? 0);
    const listed = (): string[] =>
      [...repl.output.text.matchAll(/listed (\d+)/g)].map(([, count]) => count ?? '');
    await until('it is busy', () => answers() >= 500 || repl.end !== undefined, 60_000);

    await world.cable('client').unplug();
    await wait(cutMs);
    const gone = (): { why: string; clients: number }[] =>
      [...daemon.errors.text.matchAll(/"event":"disconnected".*?"why":"([^"]+)".*?"clients":(\d+)/g)].map(
        ([, why = '', clients]) => ({ why, clients: Number(clients) }),
      );
    if (untilNoticed) await until('the server notices', () => gone().length > 0, 60_000);
    const noticed = gone();
    const before = answers();
    const lists = listed().length;
    await world.cable('client').plug();
    const pluggedMs = performance.now();
    await until('it is answered again', () => answers() > before || repl.end !== undefined, 180_000);
    const backMs = Math.round(performance.now() - pluggedMs);
    await until(
      'it is alone in the list',
      () => listed().slice(lists).at(-1) === '1' || repl.end !== undefined,
      180_000,
    );
    if (repl.end !== undefined) throw new Error(`chat-repl ended: ${repl.errors.text}`);

    const failed: Record<string, number> = {};
    for (const [, code = ''] of repl.output.text.matchAll(/failed (\S+)/g))
      failed[code] = (failed[code] ?? 0) + 1;
    return {
      answered: answers(),
      failed,
      notices: repl.errors.text.split('\n').filter((line) => line !== ''),
      noticed,
      ended: gone().map(({ why }) => why),
      listed: Number(listed().at(-1)),
      retransmitted: (await retransmitted(server)) + (await retransmitted(client)),
      backMs,
    };
  } finally {
    await world.close();
    await rm(folder, { recursive: true });
  }
}
