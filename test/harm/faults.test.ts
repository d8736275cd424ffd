import { existsSync, globSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { testUnless } from '../helpers/skip.ts';
import { NO_DISK, onSmallDisk } from '../helpers/small-disk.ts';
import { tempFolder } from '../helpers/temp.ts';
import { until } from '../helpers/until.ts';
import { disperse, gather } from './crowd.ts';
import { Daemon, withDaemon } from './daemon.ts';
import { program } from '../helpers/programs.ts';

test('killed and started again at once on its port: what was called delivered had arrived, and the log says what happened', async () => {
  const home = tempFolder();
  const first = await Daemon.start({ home });
  const { port } = first;
  const members = await gather(port, 40);
  // Texts round and round, until the connections break.
  const relaying = setInterval(() => {
    members.forEach((member, at) => {
      const next = members[(at + 1) % members.length];
      if (member.fate === undefined && next !== undefined) member.text(next.id, `${member.asked}`);
      member.flush();
    });
  }, 1);
  try {
    await until('all are busy', () => members.every(({ delivered }) => delivered.size > 20));
    first.kill('SIGKILL');
    await first.ended();
  } finally {
    clearInterval(relaying);
  }
  const second = await Daemon.start({ home, args: ['--port', `${port}`] });
  try {
    await until('the clients have noticed', () => members.every(({ fate }) => fate !== undefined));
    expect(members.flatMap(({ wrongs }) => wrongs)).toEqual([]);
    members.forEach(({ delivered }, at) => {
      const receiver = members[(at + 1) % members.length];
      for (const text of delivered) expect(receiver?.heard).toContain(text);
    });
    expect(second.events('replaced')).toMatchObject([{ level: 'warn', pid: first.pid }]);
    const again = await gather(port, 40);
    expect(await second.status()).toMatchObject({ clients: 40 });
    disperse(again);
    second.kill('SIGTERM');
    expect(await second.ended()).toEqual({ exitCode: 0, signal: undefined });
  } finally {
    await second.stop();
  }
}, 120_000);

testUnless(
  NO_DISK,
  'the disk is full: it serves on, and says how many lines of its log are lost when there is room again',
  async () => {
    const folder = tempFolder();
    // Half of it filled.
    const script = 'head -c 65536 /dev/zero >"$0/filler" && exec "$@" 2>"$0/log"';
    const watcher = await startOnDisk(onSmallDisk(folder, 128, script), folder);
    try {
      const { port, root } = watcher;
      const [member] = await gather(port, 1);
      if (member === undefined) throw new Error('nobody is there');
      const ask = async (): Promise<void> => {
        for (let i = 0; i < 200; i++) member.ask('time');
        member.flush();
        await until('it is served', () => member.open === 0);
      };
      const log = (): string => readFileSync(join(root, folder, 'log'), 'latin1');
      await until('the disk is full', async () => {
        const before = statSync(join(root, folder, 'log')).size;
        await ask();
        return before > 0 && statSync(join(root, folder, 'log')).size === before;
      });
      await ask();
      rmSync(join(root, folder, 'filler'));
      await until('it says what is lost', async () => {
        await ask();
        return log().includes('"log-lines-lost"');
      });
      expect(Number(/"log-lines-lost","lines":(\d+)/.exec(log())?.[1])).toBeGreaterThan(200);
      member.destroy();
    } finally {
      await watcher.stop();
    }
  },
  120_000,
);

/** A daemon whose log is a file on a disk in its own mount namespace, at level trace. */
async function startOnDisk(
  command: readonly string[],
  folder: string,
): Promise<{ port: number; root: string; stop: () => Promise<void> }> {
  const [file = '', ...rest] = command;
  const child = execa(
    file,
    [
      ...rest,
      process.execPath,
      program('bin/chatd'),
      'run',
      '--port',
      '0',
      '--unlisted',
      '--log-level',
      'trace',
    ],
    { reject: false, stdin: 'ignore', env: { NODE_NO_WARNINGS: '1' } },
  );
  const root = `/proc/${child.pid}/root`;
  const port = await until(
    'it listens',
    () => {
      const path = join(root, folder, 'log');
      if (!existsSync(path)) return undefined;
      const found = /"event":"listening".*?"port":(\d+)/.exec(readFileSync(path, 'latin1'));
      return found === null ? undefined : Number(found[1]);
    },
    60_000,
  );
  return {
    port,
    root,
    stop: async () => {
      child.kill('SIGKILL');
      await child;
    },
  };
}

const [faketime] = globSync('/usr/lib/*/faketime/libfaketime.so.1');

testUnless(
  faketime === undefined ? 'there is no libfaketime here (package libfaketime)' : undefined,
  'the clock is set back by an hour: the time it tells follows, and no deadline does',
  async () => {
    const offset = join(tempFolder(), 'offset');
    writeFileSync(offset, '+0\n');
    const env = {
      LD_PRELOAD: faketime ?? '',
      FAKETIME_TIMESTAMP_FILE: offset,
      FAKETIME_NO_CACHE: '1',
      // As settimeofday(2) does it: CLOCK_REALTIME jumps, CLOCK_MONOTONIC does not.
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    await withDaemon({ args: ['--unlisted', '--idle', '3'], env }, async (daemon) => {
      const [asker, mute] = await gather(daemon.port, 2);
      if (asker === undefined || mute === undefined) throw new Error('nobody is there');
      const timeNow = async (): Promise<number> => {
        for (const one of [asker, mute]) {
          one.ask('time');
          one.flush();
        }
        await until('the time', () => asker.open === 0);
        return asker.lastTime;
      };
      expect(Math.abs((await timeNow()) - Date.now())).toBeLessThan(60_000);
      writeFileSync(offset, '-3600\n');
      utimesSync(offset, new Date(), new Date());
      await until('its clock is set back', async () => (await timeNow()) < Date.now() - 3_000_000);
      // A text that nobody confirms: answered as forwarded after 2 s, not after an hour.
      mute.socket.pause();
      asker.text(mute.id, 'late');
      asker.flush();
      await until('the text has its answer', () => asker.open === 0 || asker.fate !== undefined, 30_000);
      expect(asker.forwarded).toBe(1);
      // Who says nothing is let go after three seconds, not after an hour.
      const isMute = ({ client, why }: Record<string, unknown>): boolean =>
        client === mute.id && why === 'idle';
      await until('the silent one is let go', () => daemon.events('disconnected').some(isMute), 30_000);
      disperse([asker, mute]);
    });
  },
  120_000,
);
