/** Where the history is kept, when that is not as it should be: the prompt says so once, and works. */
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { testUnless } from '../helpers/skip.ts';
import { FILL, NO_DISK, onSmallDisk } from '../helpers/small-disk.ts';
import { NO_TMUX, Tmux } from '../helpers/tmux.ts';
import { COMMAND, scratch, startServer } from './helpers.ts';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

async function enter(folder: string, launcher: readonly string[] = []): Promise<Tmux> {
  const { address } = await startServer();
  const variables = { XDG_STATE_HOME: folder, XDG_CONFIG_HOME: folder, NO_COLOR: '1', LC_ALL: 'C.UTF-8' };
  const terminal = new Tmux([...launcher, ...COMMAND, address], variables, 200, 40);
  await terminal.wait('the prompt', (rows) => rows.at(-1) === `#1 ${address}>`);
  return terminal;
}

async function answers(terminal: Tmux, sum: string, answer: RegExp): Promise<void> {
  terminal.type(sum);
  terminal.press('Enter');
  await terminal.shows(answer);
  await terminal.wait('the prompt', (rows) => /> ?$/.test(rows.at(-1) ?? ''));
}

const complaints = (terminal: Tmux): string[] =>
  terminal.rows().filter((row) => row.includes('no history is kept'));

testUnless(
  NO_TMUX,
  'a link to somebody’s file in place of the history: not written, not closed, said once',
  async () => {
    const folder = scratch();
    const theirs = join(folder, 'their-file');
    writeFileSync(theirs, 'theirs\n');
    chmodSync(theirs, 0o666);
    // Root could write it all the same: what keeps it whole is that the link is not followed.
    if (isRoot) chownSync(theirs, NOBODY, NOBODY);
    mkdirSync(join(folder, 'socket-lab-kit'));
    symlinkSync(theirs, join(folder, 'socket-lab-kit', 'repl-history'));
    const terminal = await enter(folder);
    await answers(terminal, '40 + 2', /^42$/);
    await answers(terminal, '40 + 3', /^43$/);
    expect(complaints(terminal)).toEqual([expect.stringContaining('symbolic link')]);
    expect(readFileSync(theirs, 'utf8')).toBe('theirs\n');
    expect(lstatSync(theirs).mode & 0o777).toBe(0o666);
    // The session has its own.
    terminal.press('Up', 'Up');
    await terminal.shows(/> 40 \+ 2$/);
  },
  180_000,
);

testUnless(
  NO_TMUX ?? NO_DISK,
  'the disk that holds the history is full: said once, and the session goes on',
  async () => {
    const folder = scratch();
    const prepare = `mkdir -m 700 "$0/socket-lab-kit" && : >"$0/socket-lab-kit/repl-history"; ${FILL}`;
    const terminal = await enter(folder, onSmallDisk(folder, 64, prepare));
    await answers(terminal, '40 + 2', /^42$/);
    await answers(terminal, '40 + 3', /^43$/);
    expect(complaints(terminal)).toEqual([expect.stringContaining('ENOSPC')]);
    terminal.press('Up', 'Up');
    await terminal.shows(/> 40 \+ 2$/);
  },
  180_000,
);
