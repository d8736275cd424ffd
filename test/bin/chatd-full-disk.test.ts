/** The disk that holds a server's files is full: it serves, says what it could not do, and leaves nothing half. */
import { execa } from 'execa';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { testUnless } from '../helpers/skip.ts';
import { FILL, NO_DISK, onSmallDisk } from '../helpers/small-disk.ts';
import { join as joinServer } from '../net/support/servers.ts';
import { CHATD, Home } from './support/chatd.ts';

testUnless(
  NO_DISK,
  'no room for the pid file: a warning that status and stop cannot find it; it serves, and ends in order',
  async () => {
    const home = new Home();
    mkdirSync(join(home.folder, 'run'));
    const disk = onSmallDisk(join(home.folder, 'run'), 64, FILL);
    const chatd = await home.launch([...disk, process.execPath], []);
    expect(chatd.events('unregistered')).toMatchObject([
      { level: 'warn', code: 'no-file', msg: expect.stringContaining('ENOSPC') as string },
    ]);
    expect(await (await joinServer(chatd)).time()).toBeInstanceOf(Date);
    const { pid } = chatd.events('listening')[0] ?? {};
    // Neither half a pid file, nor a socket that no pid file tells of.
    expect(readdirSync(join('/proc', String(pid), 'root', home.run))).toEqual([]);
    chatd.child.kill('SIGTERM');
    expect(await chatd.ended()).toEqual({ exitCode: 0, signal: undefined });
  },
);

testUnless(
  NO_DISK,
  'no room for the log: it starts in the background, is found, is stopped, and its log says what is lost',
  async () => {
    const home = new Home();
    mkdirSync(join(home.folder, 'state'));
    const script = `"$@" start --port 0 && "$@" status && rm "$0/filler" && "$@" stop && cat "$0"/*/*.log`;
    const [program = '', ...args] = [
      ...onSmallDisk(join(home.folder, 'state'), 64, FILL),
      ...['sh', '-c', script, join(home.folder, 'state'), process.execPath, CHATD],
    ];
    const { stdout } = await execa(program, args, { env: home.env });
    expect(stdout).toMatch(/^chatd listens on 127\.0\.0\.1 port \d+: process \d+/);
    expect(stdout).toMatch(/^chatd on .* has ended/m);
    expect(stdout).toMatch(/"event":"log-lines-lost","lines":[1-9]/);
    expect(stdout).toContain('"event":"closed"');
  },
);
