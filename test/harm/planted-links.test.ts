/**
 * Where the kit writes, somebody may have planted a link before: what it leads to is not touched, and nothing is written
 * through it. And whatever the umask says, what is nobody else's business is closed.
 */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { probeWorlds } from '../../src/host/index.ts';
import { Home } from '../bin/support/chatd.ts';
import { chatLab, scratch } from '../helpers/lab.ts';
import { testUnless } from '../helpers/skip.ts';
import { tempFolder } from '../helpers/temp.ts';
import { NO_TMUX, Tmux } from '../helpers/tmux.ts';
import { COMMAND, startServer } from '../repl/helpers.ts';

const ability = await probeWorlds();
const noWorlds = ability.kind === 'namespaces' ? undefined : (ability.why ?? 'no namespaces');
const bwrap = await execa('bwrap', ['--unshare-all', '--ro-bind', '/', '/', 'true'], { reject: false });
const noSandbox = bwrap.exitCode === 0 ? undefined : `bubblewrap cannot: ${bwrap.stderr.slice(0, 200)}`;

/** What all that this file starts inherits: everybody may do everything with what is made without care. */
let usual = 0;
beforeAll(() => void (usual = process.umask(0)));
afterAll(() => void process.umask(usual));

const modeOf = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);

/** Everything below `folder`, and it, that somebody else may read, write or enter; by name. */
const openBelow = (folder: string): string[] =>
  [folder, ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))]
    .filter((path) => !lstatSync(path).isSymbolicLink() && (lstatSync(path).mode & 0o077) !== 0)
    .map((path) => basename(path));

/** A file of somebody's to which links lead, and one that is not there: a link to it would make it. */
class Precious {
  readonly #folder = tempFolder();
  readonly file = join(this.#folder, 'precious');
  readonly missing = join(this.#folder, 'missing');

  constructor() {
    writeFileSync(this.file, 'precious', { mode: 0o644 });
    chmodSync(this.file, 0o644);
  }

  /** Puts a link to it at `path`, in place of whatever is there. */
  plant(path: string, target = this.file): void {
    rmSync(path, { force: true });
    symlinkSync(target, path);
  }

  expectUntouched(): void {
    expect([readdirSync(this.#folder), readFileSync(this.file, 'utf8'), modeOf(this.file)]).toEqual([
      ['precious'],
      'precious',
      '644',
    ]);
  }
}

test('chatd in the background: pid file, control socket and the log that is put aside', async () => {
  const home = new Home();
  const precious = new Precious();
  const { port, log } = await home.start();
  expect((await home.chatd('stop')).exitCode).toBe(0);
  const [pid, socket] = ['pid', 'sock'].map((end) => join(home.run, `chatd-127.0.0.1-${port}.${end}`));
  const own = log.replace(/-0\.log$/, `-${port}.log`);
  writeFileSync(own, '');
  truncateSync(own, 9 * 1024 ** 2);
  for (const path of [pid, socket, `${own}.1`]) precious.plant(String(path));
  expect(await home.chatd('start', '--port', String(port))).toMatchObject({ exitCode: 0 });
  expect(JSON.parse((await home.chatd('status', '--json')).stdout)).toMatchObject({ running: true });
  precious.expectUntouched();
  expect([home.run, home.state].flatMap(openBelow)).toEqual([]);
  expect(lstatSync(String(pid)).isFile() && lstatSync(String(socket)).isSocket()).toBe(true);
  expect([lstatSync(own).size < 9 * 1024 ** 2, lstatSync(`${own}.1`).size]).toEqual([true, 9 * 1024 ** 2]);
  expect((await home.chatd('stop')).exitCode).toBe(0);
});

test.each(['ca.pem', 'ca.key', 'server.pem', 'server.key'])('chatd cert: %s', async (name) => {
  const home = new Home();
  const precious = new Precious();
  const folder = join(home.folder, 'tls');
  mkdirSync(folder, { mode: 0o700 });
  for (const target of [precious.file, precious.missing]) {
    precious.plant(join(folder, name), target);
    const { exitCode, stderr } = await home.chatd('cert', folder);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 3,
      stderr: expect.stringContaining('symbolic link') as string,
    });
  }
  precious.expectUntouched();
  expect(readdirSync(folder)).toEqual([name]);
});

test('chatd cert: keys of its owner’s alone, and none where others can put an authority of theirs', async () => {
  const home = new Home();
  const folder = join(home.folder, 'tls');
  expect(await home.chatd('cert', folder)).toMatchObject({ exitCode: 0 });
  expect(openBelow(folder)).toEqual([]);
  symlinkSync(folder, join(home.folder, 'link'));
  mkdirSync(join(home.folder, 'open'));
  for (const unsafe of ['link', 'open'])
    expect(await home.chatd('cert', join(home.folder, unsafe))).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('others can put files into it') as string,
    });
  // An authority of which somebody else knows the key, perhaps, and half of one.
  for (const name of ['server.pem', 'server.key']) rmSync(join(folder, name));
  chmodSync(join(folder, 'ca.key'), 0o666);
  expect(await home.chatd('cert', folder)).toMatchObject({ exitCode: 3 });
  rmSync(join(folder, 'ca.key'));
  expect(await home.chatd('cert', folder)).toMatchObject({ exitCode: 2 });
  expect(readdirSync(folder)).toEqual(['ca.pem']);
}, 120_000);

testUnless(NO_TMUX, 'the prompt: its history, and what .save writes', async () => {
  const precious = new Precious();
  const folder = tempFolder();
  const { address } = await startServer();
  const env = { XDG_STATE_HOME: folder, XDG_CONFIG_HOME: folder, NO_COLOR: '1', LC_ALL: 'C.UTF-8' };
  const terminal = new Tmux([...COMMAND, address], env, 200, 40);
  await terminal.shows(`#1 ${address}>`);
  const enter = (line: string): void => {
    terminal.type(line);
    terminal.press('Enter');
  };
  for (const [name, target] of [
    ['link.js', precious.file],
    ['link.ipynb', precious.missing],
  ] as const) {
    precious.plant(join(folder, name), target);
    enter(`.save ${join(folder, name)}`);
    await terminal.shows(`${name} is a symbolic link`);
    enter(`.save ${join(folder, `own-${name}`)}`);
    await terminal.shows(`inputs written to ${join(folder, `own-${name}`)}`);
  }
  precious.expectUntouched();
  expect(openBelow(join(folder, 'socket-lab-kit'))).toEqual([]);
  expect(['own-link.js', 'own-link.ipynb'].map((name) => modeOf(join(folder, name)))).toEqual(['600', '600']);
});

testUnless(
  noWorlds,
  'a run: its directory, and what a report of one that was handed in is written over',
  async () => {
    const precious = new Precious();
    const [folder, elsewhere] = [scratch(), tempFolder()];
    const run = join(folder, 'run');
    symlinkSync(elsewhere, run);
    const refused = await chatLab(['run', '1', '--out', run]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('is a link') as string });
    expect(readdirSync(elsewhere)).toEqual([]);
    rmSync(run);

    expect(await chatLab(['run', '1', '--out', run])).toMatchObject({ code: 0 });
    expect(openBelow(run)).toEqual([]);
    for (const [name, target] of [
      ['report.md', precious.missing],
      ['result.json', precious.file],
    ] as const) {
      const text = readFileSync(join(run, name));
      precious.plant(join(run, name), target);
      const { code, stderr } = await chatLab(['report', run]);
      expect([name, code, stderr]).toEqual([name, 3, expect.stringContaining(`${name} is a symbolic link`)]);
      rmSync(join(run, name));
      writeFileSync(join(run, name), text);
    }
    precious.expectUntouched();

    const grade = join(folder, 'grade.json');
    precious.plant(grade);
    const graded = await chatLab(['grade', 'report', run, '--format', 'json', '--out', grade]);
    expect(graded).toMatchObject({ code: 3, stderr: expect.stringContaining('symbolic link') as string });
    precious.expectUntouched();
  },
  300_000,
);

testUnless(
  noSandbox,
  'a class: its folder, its database and its pages',
  async () => {
    const precious = new Precious();
    const folder = scratch();
    const [submissions, out] = [join(folder, 'class'), join(folder, 'grades')];
    mkdirSync(join(submissions, 's1'), { recursive: true });
    writeFileSync(join(submissions, 's1', 'run.sh'), 'echo ok\n');
    writeFileSync(
      join(submissions, 'class.yaml'),
      'class: a class\ntasks:\n  - { id: tool, kind: program, run: [sh, run.sh], expect: { code: 0, output: "^ok$" } }\n',
    );
    const grade = (): ReturnType<typeof chatLab> => chatLab(['grade', 'class', submissions, '--out', out]);
    mkdirSync(join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), out);
    expect(await grade()).toMatchObject({ code: 3 });
    rmSync(out);
    // One that was there, open, with links in it.
    mkdirSync(out);
    const database = join(out, 'class.sqlite');
    for (const target of [precious.file, precious.missing]) {
      precious.plant(database, target);
      expect(await grade()).toMatchObject({
        code: 3,
        stderr: expect.stringContaining('symbolic link') as string,
      });
    }
    rmSync(database);
    for (const name of ['class.csv', 'class.html']) precious.plant(join(out, name));
    expect(await grade()).toMatchObject({ code: 0, stdout: expect.stringContaining('1 graded') as string });
    precious.expectUntouched();
    expect(readFileSync(join(out, 'class.csv'), 'utf8')).toContain('s1');
    expect(openBelow(out)).toEqual([]);
    expect(readdirSync(join(folder, 'elsewhere'))).toEqual([]);
  },
  180_000,
);
