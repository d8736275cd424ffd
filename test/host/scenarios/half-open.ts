/**
 * Half-open connections (RFC 9293, section 3.5.1): ten clients' machine is gone without a FIN or a RST, and either does not
 * come back, or comes back and knows nothing of them.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createWorld, type Host } from '../../../src/host/index.ts';
import { until } from '../../helpers/until.ts';
import { program } from '../../helpers/programs.ts';

export interface HalfOpenPlan {
  /** The machine is there again, its sockets are not. */
  readonly comesBack: boolean;
  readonly heartbeatS: number;
}

export interface HalfOpenResult {
  /** ESTABLISHED at the server when its other ends were gone already. */
  readonly halfOpen: number;
  /** Sockets of the machine that was gone. */
  readonly left: number;
  /** How the server's log says that they ended, and how many clients it has then. */
  readonly ended: string[];
  readonly clients: number;
  /** ESTABLISHED at the server behind that. */
  readonly established: number;
  /** Answers that the client on another machine had meanwhile, and how it fared. */
  readonly served: number;
  readonly fates: string[];
}

const GONE = 10;
const MEMBERS = fileURLToPath(new URL('../programs/members.ts', import.meta.url));

interface Seen {
  readonly greeted: number;
  readonly answered: number;
  readonly fates: string[];
}

export default async function halfOpen({ comesBack, heartbeatS }: HalfOpenPlan): Promise<HalfOpenResult> {
  const folder = await mkdtemp(join(tmpdir(), 'half-open-'));
  const world = await createWorld({ hosts: ['server', 'gone', 'stays'] });
  try {
    const [server, gone, stays] = [world.host('server'), world.host('gone'), world.host('stays')];
    const env = { NODE_NO_WARNINGS: '1', HOME: folder, XDG_RUNTIME_DIR: folder, XDG_STATE_HOME: folder };
    const daemon = server.spawn(
      process.execPath,
      [
        ...[program('bin/chatd'), 'run', '--unlisted', '--host', server.address, '--port', '5264'],
        ...['--heartbeat', String(heartbeatS), '--max-clients', String(GONE + 1)],
      ],
      { env },
    );
    await until('chatd listens', () => daemon.errors.text.includes('"listening"'), 60_000);
    const join = (host: Host, count: number) =>
      host.spawn(process.execPath, [...[MEMBERS, server.address, '5264', String(count)]]);
    const [many, one] = [join(gone, GONE), join(stays, 1)];
    const seen = ({ output }: typeof one): Seen | undefined => {
      const line = output.text.trimEnd().split('\n').at(-1) ?? '';
      return line.endsWith('}') ? (JSON.parse(line) as Seen) : undefined;
    };
    await until('all are in', () => seen(many)?.greeted === GONE && seen(one)?.greeted === 1, 60_000);

    // Nothing of its last words gets through, nor waits somewhere to get through later.
    const lost = await world.drop({ from: 'gone', to: 'server' });
    many.kill('SIGKILL');
    await until('they are dead', () => many.end !== undefined, 60_000);
    // Their kernel would say FIN again and again: it forgets them, as it does when a machine loses its power.
    await gone.exec('ss', ['-K', 'dst', server.address]);
    const states = (host: Host, state?: string): number =>
      host.readSockets().filter((row) => row.state !== 'LISTEN' && (state ?? row.state) === row.state).length;
    const [left, halfOpenThere] = [states(gone), states(server, 'ESTABLISHED') - 1];
    const before = seen(one)?.answered ?? 0;
    if (comesBack) await lost.remove();
    else await world.cable('gone').unplug();

    const gones = (): { why: string; clients: number }[] =>
      daemon.errors.text
        .split('\n')
        .filter((line) => line.includes('"event":"disconnected"') && line.endsWith('}'))
        .map((line) => JSON.parse(line) as { why: string; clients: number });
    await until('the server has let them go', () => gones().length === GONE, 120_000);
    const established = states(server, 'ESTABLISHED');
    // Their places are free again.
    const next = join(stays, GONE);
    await until('others come in', () => seen(next)?.greeted === GONE, 60_000);
    return {
      halfOpen: halfOpenThere,
      left,
      ended: gones().map(({ why }) => why),
      clients: gones().at(-1)?.clients ?? -1,
      established,
      served: (seen(one)?.answered ?? 0) - before,
      fates: seen(one)?.fates ?? [],
    };
  } finally {
    await world.close();
    await rm(folder, { recursive: true });
  }
}
