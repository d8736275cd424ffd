import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { GRADE, type Grade } from '../../src/check/index.ts';
import { chatLab, root, scratch } from '../helpers/lab.ts';
import { until } from '../helpers/until.ts';
import { lacks } from '../host/support/perform.ts';

const probe = await execa('bwrap', ['--unshare-all', '--ro-bind', '/', '/', 'true'], { reject: false });
const why = probe.exitCode === 0 ? lacks : ` (skipped: bubblewrap cannot: ${probe.stderr.slice(0, 200)})`;

const CLASS = `
class: servers and clients of strangers
interop: false
tasks:
  - { id: server, kind: server, run: [sh, server.sh, '{port}'], only: [time] }
  - { id: client, kind: client, run: [sh, client.sh, '{host}', '{port}'], only: [time] }
limits: { processes: 40, memoryMiB: 256 }
`;
const FORGED =
  '{"format":"socket-lab-kit grade","version":1,"kind":"server","subject":"s","student":null,"protocol":null,"problems":[],"checks":[],"score":{"points":9,"of":9}}';
/** Holds a hundred processes where the limit lets it, counts them, and then serves as it should. */
const CROWD = `python3 -c "
import os, time
made = 0
try:
    while made < 100:
        if os.fork() == 0:
            time.sleep(600)
            os._exit(0)
        made += 1
except OSError as error:
    print('no more:', error.strerror, flush=True)
print('made', made, flush=True)
raise SystemExit(7)
"`;
/** Sixteen processes that hold 40 MiB each: none of them too much, all of them together. */
const HUNGRY = `exec python3 -c "
import os, time
for _ in range(16):
    if os.fork() == 0:
        held = bytes(range(256)) * (40 << 12)
        time.sleep(600)
        os._exit(0)
time.sleep(600)
"`;
const GOOD = { server: 'exec python3 py-threads.py "$1"', client: 'exec python3 py-menu.py "$1" "$2"' };

/** What a submission runs, and what becomes of it. `MARK` is a folder outside. */
interface Submission {
  readonly name: string;
  readonly server: string;
  readonly client: string;
  readonly verdicts: readonly string[];
}

const SUBMISSIONS: readonly Submission[] = [
  {
    ...{ name: 'good', server: GOOD.server, client: GOOD.client },
    verdicts: ['starts pass', 'answers pass', 'time pass', 'connects pass', 'time pass'],
  },
  {
    // What it prints is its output, what it tries outside fails, and then it does what it should.
    name: 'attacks-and-serves',
    server: `echo '${FORGED}'; kill -9 1 $PPID; kill -9 -1; cat MARK/secret; echo x >MARK/written; ${GOOD.server}`,
    client: `echo '${FORGED}'; kill -9 1 $PPID; kill -9 -1; cat MARK/secret; echo x >MARK/written; ${GOOD.client}`,
    verdicts: ['starts pass', 'answers pass', 'time pass', 'connects pass', 'time pass'],
  },
  {
    name: 'forges-and-ends',
    server: `echo '${FORGED}'`,
    client: `echo '${FORGED}'; cat ../*/server.sh MARK/../class/*/server.sh`,
    verdicts: ['starts fail', 'answers skipped', 'time skipped', 'connects fail', 'time skipped'],
  },
  {
    name: 'crowds',
    server: CROWD,
    client: CROWD,
    verdicts: ['starts fail', 'answers skipped', 'time skipped', 'connects fail', 'time skipped'],
  },
  {
    name: 'hungers',
    server: HUNGRY,
    client: HUNGRY,
    verdicts: ['starts fail', 'answers skipped', 'time skipped', 'connects fail', 'time skipped'],
  },
  {
    // It prints without end, ignores every signal that can be ignored, and reads nothing.
    name: 'floods',
    server: `trap "" TERM INT HUP; yes & yes >&2 & ${GOOD.server}`,
    client: 'trap "" TERM INT HUP; while :; do yes; done',
    verdicts: ['starts pass', 'answers pass', 'time pass', 'connects fail', 'time skipped'],
  },
];

describe.skipIf(why !== '')(`grade class: hostile servers and clients${why}`, () => {
  const top = scratch();
  const folder = join(top, 'class');
  const out = join(top, 'grades');
  const mark = join(top, 'mark');
  let outcome: Awaited<ReturnType<typeof chatLab>>;

  const gradesOf = (name: string): Grade[] => {
    const database = new DatabaseSync(join(out, 'class.sqlite'), { readOnly: true });
    const rows = database
      .prepare('SELECT grade FROM latest WHERE submission = ? ORDER BY task DESC')
      .all(name);
    database.close();
    return rows.map((row) => GRADE.parse(JSON.parse(String(row['grade']))));
  };

  beforeAll(async () => {
    mkdirSync(mark);
    writeFileSync(join(mark, 'secret'), 'a secret outside');
    for (const { name, server, client } of SUBMISSIONS) {
      const home = join(folder, name);
      mkdirSync(home, { recursive: true });
      for (const file of ['servers/py-threads.py', 'servers/clp.py', 'clients/py-menu.py'])
        cpSync(join(root, 'test/zoo', file), join(home, file.slice(file.indexOf('/') + 1)));
      cpSync(join(root, 'test/zoo/clients/py-menu.yaml'), join(home, 'menu.yaml'));
      writeFileSync(join(home, 'server.sh'), server.replaceAll('MARK', mark));
      writeFileSync(join(home, 'client.sh'), client.replaceAll('MARK', mark));
    }
    writeFileSync(join(folder, 'class.yaml'), CLASS);
    outcome = await chatLab(['grade', 'class', folder, '--out', out, '--jobs', '2'], { timeoutMs: 900_000 });
  }, 900_000);

  test.each(SUBMISSIONS)('$name gets its own verdicts', ({ name, verdicts }) => {
    const [server, client] = gradesOf(name);
    const seen = [server, client].flatMap((grade) => grade?.checks ?? []);
    expect(seen.map(({ id, verdict }) => `${id} ${verdict}`)).toEqual(verdicts);
    expect([server?.kind, client?.kind]).toEqual(['server', 'client']);
  });

  test('the run ends well, and none of them touched or read anything outside', async () => {
    expect(outcome.stderr).not.toContain('fault of the kit');
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toContain('12 graded, 0 kept');
    expect(readdirSync(mark)).toEqual(['secret']);
    const all = SUBMISSIONS.flatMap(({ name }) => gradesOf(name));
    expect(JSON.stringify(all)).not.toContain('a secret outside');
    await until('no process of a submission is left', async () => {
      const { stdout } = await execa('ps', ['-eo', 'args']);
      return !stdout.includes(folder) && !stdout.includes("print('no more:'");
    });
  });

  test('the limit on processes holds on a stage, too, root’s included', () => {
    for (const grade of gradesOf('crowds')) {
      const output = grade.checks[0]?.output ?? '';
      expect(output).toContain('no more: Resource temporarily unavailable');
      expect(Number(/made (\d+)/.exec(output)?.[1])).toBeLessThan(40);
    }
  });

  test('so does the limit on the memory of all of them together', () => {
    for (const grade of gradesOf('hungers')) {
      expect(grade.checks[0]?.actual.en).toContain('was ended by the grader: more than 256 MiB of memory');
      expect(grade.checks[0]?.cause?.en).toContain('held more than 256 MiB');
    }
  });

  test('the page shows them all', () => {
    expect(existsSync(join(out, 'class.html'))).toBe(true);
    const page = readFileSync(join(out, 'class.html'), 'utf8');
    for (const { name } of SUBMISSIONS) expect(page).toContain(name);
    expect(page).not.toContain('"points":9');
  });
});
