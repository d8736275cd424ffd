import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { GRADE } from '../../src/check/grade.ts';
import { analyse } from '../../src/tcp/index.ts';
import { chatLab, root, scratch } from '../helpers/lab.ts';
import { lacks } from '../host/support/perform.ts';
import { apply } from '../zoo/zoo.ts';

const probe = await execa('bwrap', ['--unshare-all', '--ro-bind', '/', '/', 'true'], { reject: false });
const why = probe.exitCode === 0 ? lacks : ` (skipped: bubblewrap cannot: ${probe.stderr.slice(0, 200)})`;

/** Only the first checks of each: this is about the matches. */
const CLASS = `
class: three who meet
tasks:
  - { id: server, kind: server, build: [sh, build-server.sh], run: [sh, server.sh, '{port}'], only: [starts] }
  - { id: client, kind: client, build: [sh, build-client.sh], run: [sh, client.sh, '{host}', '{port}'], only: [connects] }
`;
const ZOO = join(root, 'test/zoo');
const COMPILE = 'gcc -std=gnu11 -O1 -pthread -o';

type Change = readonly [file: string, from: string, to: string];

interface Student {
  readonly name: string;
  readonly client: 'py-menu' | 'c-menu';
  readonly server: 'py-threads' | 'c-threads';
  readonly changes: readonly Change[];
}

/** Python and C, and a fault in all but the first two programs. */
const STUDENTS: readonly Student[] = [
  { name: 'ann-right-right', client: 'py-menu', server: 'py-threads', changes: [] },
  {
    name: 'ben-right-ports-swapped',
    client: 'c-menu',
    server: 'c-threads',
    changes: [['clp.h', 'put16(b + 16, ntohs(from->sin_port));', 'put16(b + 16, from->sin_port);']],
  },
  {
    name: 'cho-bad-list-seconds',
    client: 'py-menu',
    server: 'py-threads',
    changes: [
      ['py-menu.py', "struct.unpack_from('>HB', body, at + 20)", "struct.unpack_from('<HB', body, at + 20)"],
      ['clp.py', 'int(time.time() * 1000)', 'int(time.time())'],
    ],
  },
  // Its server does not start and its client has no script, so nobody can meet either.
  {
    name: 'dan-no-script-broken',
    client: 'py-menu',
    server: 'py-threads',
    changes: [['py-threads.py', 'import socket', 'import sockets']],
  },
];

/** What each match must come to: the steps that fail, and whose fault the first of them is. */
const EXPECTED: Readonly<Record<string, readonly [fails: readonly string[], fault: string | null]>> = {
  'ann × ann': [[], null],
  'ann × ben': [['list'], 'server'],
  'ann × cho': [['time'], 'server'],
  'ben × ann': [[], null],
  'ben × ben': [['list'], 'server'],
  'ben × cho': [['time'], 'server'],
  'cho × ann': [['list'], 'client'],
  'cho × ben': [['list'], 'server'],
  'cho × cho': [['time', 'list'], 'server'],
};

function handIn(folder: string, { client, server, changes }: Student): void {
  mkdirSync(folder, { recursive: true });
  const [shared, ending] = server === 'c-threads' ? ['clp.h', 'c'] : ['clp.py', 'py'];
  for (const file of [`${server}.${ending}`, shared]) cpSync(join(ZOO, 'servers', file), join(folder, file));
  const clientFile = client === 'c-menu' ? 'c-menu.c' : 'py-menu.py';
  cpSync(join(ZOO, 'clients', clientFile), join(folder, clientFile));
  cpSync(join(ZOO, 'clients', `${client}.yaml`), join(folder, 'menu.yaml'));
  for (const [file, from, to] of changes) {
    const path = join(folder, file);
    writeFileSync(path, apply(readFileSync(path, 'utf8'), { from, to, times: 1, nth: 1 }, folder));
  }
  const write = (name: string, line: string): void => writeFileSync(join(folder, name), `${line}\n`);
  const inC = { server: server === 'c-threads', client: client === 'c-menu' };
  write('build-server.sh', inC.server ? `${COMPILE} server ${server}.c` : 'true');
  write('build-client.sh', inC.client ? `${COMPILE} client ${clientFile}` : 'true');
  write('server.sh', inC.server ? 'exec ./server "$1"' : `exec python3 ${server}.py "$1"`);
  write('client.sh', inC.client ? 'exec ./client "$1" "$2"' : `exec python3 ${clientFile} "$1" "$2"`);
}

describe.skipIf(why !== '')(`grade class: every client against every server${why}`, () => {
  const top = scratch();
  const folder = join(top, 'class');
  const out = join(top, 'grades');
  let outcome: Awaited<ReturnType<typeof chatLab>>;

  const matches = () => {
    const database = new DatabaseSync(join(out, 'class.sqlite'), { readOnly: true });
    const rows = database
      .prepare('SELECT client, server, fault, grade, evidence FROM interop_latest ORDER BY client, server')
      .all();
    database.close();
    return rows.map((row) => ({
      name: [row['client'], row['server']].map((name) => String(name).slice(0, 3)).join(' × '),
      fault: row['fault'],
      grade: GRADE.parse(JSON.parse(String(row['grade']))),
      evidence: String(row['evidence']),
    }));
  };

  beforeAll(async () => {
    for (const student of STUDENTS) handIn(join(folder, student.name), student);
    rmSync(join(folder, 'dan-no-script-broken', 'menu.yaml'));
    writeFileSync(join(folder, 'class.yaml'), CLASS);
    outcome = await chatLab(['grade', 'class', folder, '--out', out, '--jobs', '2'], { timeoutMs: 900_000 });
  }, 900_000);

  test('each match comes to what was built into the two, and the fault is whose it is', () => {
    expect(outcome.stderr).not.toContain('fault of the kit');
    expect(outcome.stdout).toContain('8 graded, 0 kept, 9 matches played, 0 kept');
    const seen = matches().map(({ name, fault, grade }) => [
      name,
      [grade.checks.filter(({ verdict }) => verdict !== 'pass').map(({ id }) => id), fault],
    ]);
    expect(Object.fromEntries(seen)).toEqual(EXPECTED);
  });

  test('a failure shows the bytes, their frames and the ladder, and the capture holds them', () => {
    const match = matches().find(({ name }) => name === 'cho × ann');
    const check = match?.grade.checks.find(({ id }) => id === 'list');
    expect(check?.actual.en).toMatch(/^the client’s fault: the right answer reached the client/);
    expect(check?.bytes).toContain('list.response');
    expect(check?.ladder).toContain('PSH');
    const [place] = check?.where ?? [];
    const frames = place?.witness === 'wire' ? place.frames : [];
    const capture = analyse(readFileSync(join(match?.evidence ?? '', 'wire.pcap')));
    const carried = capture.connections.flatMap(({ segments }) =>
      segments.filter(({ frame, payloadLength }) => payloadLength > 0 && frames.includes(frame)),
    );
    expect(carried.length).toBeGreaterThan(0);
    const server = matches().find(({ name }) => name === 'ann × cho');
    expect(server?.grade.checks.find(({ id }) => id === 'time')?.actual.en).toMatch(
      /^the server’s fault: the server's time.response is wrong: 1970-/,
    );
  });

  test('the page has the matrix, its cells lead to the stories; who met nobody says why', () => {
    const page = readFileSync(join(out, 'class.html'), 'utf8');
    const cells = [...page.matchAll(/<td class="v (\w+)[^>]*><a href="(interop\/[^"]+)">([^<]+)</g)];
    expect(cells.map(([, kind, , sign]) => `${kind} ${sign}`)).toEqual(
      Object.values(EXPECTED).map(([fails, fault]) =>
        fault === null ? 'pass ✔' : `fail ${6 - fails.length}/6 ${fault === 'server' ? 'S' : 'C'}`,
      ),
    );
    for (const [, , href = ''] of cells) expect(existsSync(join(out, decodeURI(href)))).toBe(true);
    expect(page).toContain('dan-no-script-broken: its own check starts does not pass');
    expect(page).toContain('dan-no-script-broken: no script menu.yaml');
  });

  test('interop.csv has a row for each match', async () => {
    const script = 'import csv,json,sys; print(json.dumps(list(csv.reader(sys.stdin))))';
    const input = readFileSync(join(out, 'interop.csv'));
    const rows = JSON.parse((await execa('python3', ['-c', script], { input })).stdout) as string[][];
    expect(rows).toHaveLength(10);
    const row = rows.find(([client, , server]) => client?.startsWith('cho') && server?.startsWith('ann'));
    expect(row?.slice(4, 7)).toEqual(['5', '6', 'client']);
  });

  test('nothing is played twice', async () => {
    const again = await chatLab(['grade', 'class', folder, '--out', out]);
    expect(again.stdout).toContain('0 graded, 8 kept, 0 matches played, 9 kept');
    const chinese = await chatLab(['grade', 'class', folder, '--out', out, '--lang', 'zh']);
    expect(chinese.code).toBe(0);
    const page = readFileSync(join(out, 'class.html'), 'utf8');
    expect(page).toContain('dan-no-script-broken: 其自身的检查 starts 未通过');
    const skipped = await chatLab(['grade', 'class', folder, '--out', out, '--no-interop']);
    expect(skipped.stdout).toMatch(/^0 graded, 8 kept\n/);
  }, 120_000);
});
