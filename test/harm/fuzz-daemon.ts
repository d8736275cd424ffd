import { until } from '../helpers/until.ts';
import { gather } from './crowd.ts';
import { withDaemon } from './daemon.ts';
import { Frames } from './frames.ts';
import { Member, clp } from './member.ts';
import { residentBytes } from './memory.ts';
import { Chance } from './random.ts';

export interface DaemonFuzzFigures {
  readonly frames: number;
  readonly connections: number;
  readonly badPackets: number;
  readonly answersOfTheHonest: number;
  readonly growthMiB: number;
  readonly seed: number;
}

const LANES = 16;
const FRAMES_EACH = 12;

/**
 * The same frames against a living chatd, a dozen over each connection, whole and in pieces, some connections ended by
 * a FIN and some by a RST. What it says must be packets to the end, it must end each connection, know no fault of its
 * own, and serve an honest client all the while.
 */
export async function fuzzDaemon(frames: number, seed: number): Promise<DaemonFuzzFigures> {
  return withDaemon({ args: ['--unlisted'] }, async (daemon) => {
    const chance = new Chance(seed);
    const source = new Frames(clp, 'client', chance);
    const [honest] = await gather(daemon.port, 1);
    if (honest === undefined) throw new Error('nobody is there');
    const ask = (): void => {
      honest.ask('time');
      honest.flush();
    };
    honest.onAnswer = () => setImmediate(ask);
    ask();
    let connections = 0;
    let before = 0;
    const wrongs: string[] = [];
    const lane = async (): Promise<void> => {
      while (connections * FRAMES_EACH < frames) {
        connections++;
        // Addresses of loopback in turn: one has ports for 28,000 connections a minute only.
        const stranger = new Member(daemon.port, { localAddress: `127.0.1.${1 + (connections % 200)}` });
        // What a stranger asked by chance it did not note: only whether all were packets counts here.
        const { socket } = stranger;
        for (let left = FRAMES_EACH; left > 0 && socket.writable; left--) {
          const frame = Buffer.from(source.next());
          const at = chance.below(frame.length + 1);
          if (chance.below(3) > 0) socket.write(frame);
          else {
            socket.write(frame.subarray(0, at));
            await new Promise(setImmediate);
            socket.write(frame.subarray(at));
          }
        }
        if (chance.below(8) === 0) socket.resetAndDestroy();
        else socket.end();
        await until('the server ends it', () => socket.closed, 120_000);
        wrongs.push(...stranger.wrongs.filter((wrong) => wrong.startsWith('no packet')));
        if (connections === 200) before = residentBytes(daemon.pid).now;
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    honest.onAnswer = undefined;
    await until('the honest one has its last answer', () => honest.open === 0);
    const failed = daemon.events('failed');
    if (failed.length > 0) throw new Error(`chatd: ${JSON.stringify(failed[0])} (seed ${seed})`);
    if (daemon.end !== undefined) throw new Error(`chatd ended (seed ${seed})`);
    // A stranger's frame can be a text for the honest one, which is then delivered as any other.
    wrongs.push(...honest.wrongs.filter((wrong) => !/^client \d+ heard [^]* from \d+$/.test(wrong)));
    if (wrongs.length > 0) throw new Error(`${wrongs.slice(0, 3).join('; ')} (seed ${seed})`);
    const growth = before === 0 ? 0 : residentBytes(daemon.pid).now - before;
    honest.destroy();
    return {
      frames: connections * FRAMES_EACH,
      connections,
      badPackets: daemon.count('bad-packet'),
      answersOfTheHonest: honest.answered,
      growthMiB: Math.round(growth / 1_048_576),
      seed,
    };
  });
}
