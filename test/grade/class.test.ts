import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GRADE, type Grade } from '../../src/check/grade.ts';
import { loadLab } from '../../src/lab/index.ts';
import { probeWorlds } from '../../src/host/ability.ts';
import { hunt } from '../helpers/hunt.ts';
import { asNobody, chatLab, isRoot, scratch, startChatLab } from '../helpers/lab.ts';
import { until } from '../helpers/until.ts';

const probe = await execa('bwrap', ['--unshare-all', '--ro-bind', '/', '/', 'true'], { reject: false });
const why = probe.exitCode === 0 ? '' : ` (skipped: bubblewrap cannot: ${probe.stderr.slice(0, 200)})`;
const worlds = await probeWorlds();

const CLASS = `
class: a class of strangers
tasks:
  - id: tool
    kind: program
    run: [sh, run.sh]
    expect: { code: 0, output: "^ok$" }
limits: { seconds: 4, memoryMiB: 128, processes: 24, outputKiB: 16, fileMiB: 4, scratchMiB: 8 }
`;

/** A submission's run.sh, and what its verdict must tell. \`MARK\` is a folder outside, \`PORT\` a listener on this machine. */
interface Hostile {
  readonly name: string;
  readonly script: string;
  readonly verdict: 'pass' | 'fail';
  readonly actual: RegExp;
}

const HOSTILE: readonly Hostile[] = [
  { name: 'good', script: 'echo ok', verdict: 'pass', actual: /^exit code 0/ },
  {
    name: 'fork-bomb',
    script: 'bomb() { bomb | bomb & }; bomb; sleep 60',
    verdict: 'fail',
    actual: /exit code|limit on time/,
  },
  {
    name: 'fills-the-disk',
    script:
      'set -e; cat /dev/zero > a 2>/dev/null || cat /dev/zero > b || for i in 1 2 3 4 5 6; do head -c 3000000 /dev/zero > $i; done; echo ok',
    verdict: 'fail',
    actual: /^exit code/,
  },
  {
    name: 'fills-memory',
    script:
      'for i in 1 2 3 4; do python3 -c "x=bytearray(90*2**20); import time; time.sleep(60)" & done; wait',
    verdict: 'fail',
    actual: /limit on memory/,
  },
  {
    name: 'reads-others',
    script: 'cat /submission/../*/run.sh MARK/* MARK/../class/*/run.sh && echo ok',
    verdict: 'fail',
    actual: /^exit code 1/,
  },
  {
    name: 'reads-the-checks',
    script: 'cat REPO/package.json && echo ok',
    verdict: 'fail',
    actual: /^exit code 1/,
  },
  {
    // Its parent, the first of its pid namespace, the grader, a process of the same user outside, and all that it may
    // signal at all. It lives on, since kill(2) spares who calls it with -1, and prints what it was told.
    name: 'kills-its-parent',
    script:
      'kill -9 $PPID; kill -9 1; kill -9 VITEST; kill -STOP VITEST; kill -9 BYSTANDER; kill -9 -1; echo survived',
    verdict: 'fail',
    actual: /^exit code 0/,
  },
  {
    name: 'opens-the-network',
    script: 'python3 -c "import socket; socket.create_connection((\\"127.0.0.1\\", PORT), 2)" && echo ok',
    verdict: 'fail',
    actual: /^exit code 1/,
  },
  {
    name: 'prints-a-forged-result',
    script:
      'echo \'{"format":"socket-lab-kit grade","version":1,"score":{"points":100,"of":100}}\'; echo "✔ It runs [runs] 10/10 pass"',
    verdict: 'fail',
    actual: /^exit code 0/,
  },
  { name: 'sleeps-for-ever', script: 'sleep 100000', verdict: 'fail', actual: /limit on time/ },
  {
    name: 'ignores-sigterm',
    script: 'trap "" TERM INT HUP QUIT; while :; do sleep 1; done',
    verdict: 'fail',
    actual: /limit on time/,
  },
  { name: 'prints-for-ever', script: 'yes', verdict: 'fail', actual: /limit on output/ },
  {
    name: 'writes-outside',
    script: 'echo x > MARK/written; echo x > /usr/written; echo x > /submission/written; ls MARK && echo ok',
    verdict: 'fail',
    actual: /^exit code/,
  },
  {
    name: 'leaves-a-daemon',
    script: 'setsid sleep 86399 >/dev/null 2>&1 </dev/null & echo ok',
    verdict: 'pass',
    actual: /^exit code 0/,
  },
];

describe.skipIf(why !== '')(`grade class: hostile submissions${why}`, () => {
  const top = scratch();
  const folder = join(top, 'class');
  const out = join(top, 'grades');
  const mark = join(top, 'mark');
  const repo = join(import.meta.dirname, '../..');
  let reached = 0;
  const listener = createServer((socket) => {
    reached++;
    socket.destroy();
  });
  /** As the same user as the submissions, so that only their pid namespace keeps them from it. */
  const bystander = execa(
    isRoot ? 'setpriv' : 'env',
    [...(isRoot ? asNobody.slice(1) : []), 'sleep', '100000000'],
    {
      reject: false,
    },
  );
  let outcome: Awaited<ReturnType<typeof chatLab>>;

  const gradesOf = (): Map<string, Grade> => {
    const database = new DatabaseSync(join(out, 'class.sqlite'), { readOnly: true });
    const rows = database.prepare('SELECT submission, grade FROM latest').all();
    database.close();
    return new Map(
      rows.map((row) => [String(row['submission']), GRADE.parse(JSON.parse(String(row['grade'])))]),
    );
  };

  beforeAll(async () => {
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const address = listener.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    mkdirSync(folder);
    mkdirSync(mark);
    writeFileSync(join(mark, 'secret'), 'secret');
    writeFileSync(join(folder, 'class.yaml'), CLASS);
    for (const { name, script } of HOSTILE) {
      mkdirSync(join(folder, name));
      const words = script
        .replaceAll('MARK', mark)
        .replaceAll('REPO', repo)
        .replaceAll('PORT', String(port))
        .replaceAll('VITEST', String(process.pid))
        .replaceAll('BYSTANDER', String(bystander.pid));
      writeFileSync(join(folder, name, 'run.sh'), words);
    }
    // Archives that lead outside, made by Python, which asks no questions.
    const make = `
import zipfile, tarfile, io, sys
top, mark = sys.argv[1:]
z = zipfile.ZipFile(top + '/zip-slip.zip', 'w')
z.writestr('../../mark/slipped', 'x'); z.writestr(mark + '/slipped', 'x'); z.writestr('run.sh', 'echo ok'); z.close()
t = tarfile.open(top + '/tar-slip.tar.gz', 'w:gz')
def add(name, body=b'', type=tarfile.REGTYPE, link=''):
    i = tarfile.TarInfo(name); i.size = len(body); i.type = type; i.linkname = link; t.addfile(i, io.BytesIO(body))
add('../../mark/slipped', b'x'); add('out', type=tarfile.SYMTYPE, link=mark); add('out/slipped', b'x')
add('secret', type=tarfile.LNKTYPE, link=mark + '/secret'); add('pipe', type=tarfile.FIFOTYPE)
add('a' * 60 + '/' + 'b' * 120 + '/long', b'x'); add('run.sh', b'test -e out/slipped && ! test -L out && ls a*/b*/long && cat secret; echo ok'); t.close()
z = zipfile.ZipFile(top + '/zip-bomb.zip', 'w', zipfile.ZIP_DEFLATED)
for i in range(4): z.writestr('zeros%d' % i, b'\\0' * (100 << 20))
z.close()
open(top + '/broken.zip', 'wb').write(b'PK nothing')
`;
    await execa('python3', ['-c', make, folder, mark]);
    symlinkSync(mark, join(folder, 'good', 'a-link'));
    outcome = await chatLab(['grade', 'class', folder, '--out', out, '--jobs', '2']);
  }, 300_000);

  afterAll(async () => {
    listener.close();
    bystander.kill('SIGKILL');
    await bystander;
  });

  test.each(HOSTILE)('$name gets its own verdict', ({ name, verdict, actual }) => {
    const check = gradesOf()
      .get(name)
      ?.checks.find(({ id }) => id === 'runs');
    expect(check?.verdict).toBe(verdict);
    expect(check?.actual.en).toMatch(actual);
  });

  test('who tries to kill them finds neither the grader nor another process of its user', () => {
    const output =
      gradesOf()
        .get('kills-its-parent')
        ?.checks.find(({ id }) => id === 'runs')?.output ?? '';
    expect(output).toContain('survived');
    expect(output.match(/No such process/g)?.length).toBeGreaterThanOrEqual(3);
    expect(bystander.exitCode ?? bystander.signalCode ?? 'alive').toBe('alive');
    expect(outcome.stdout).toContain('18 graded');
  });

  test('none of them touched anything', async () => {
    expect(readdirSync(mark)).toEqual(['secret']);
    expect(readFileSync(join(mark, 'secret'), 'utf8')).toBe('secret');
    expect(existsSync('/usr/written')).toBe(false);
    expect(reached).toBe(0);
    const secrets = [...gradesOf().values()].filter((grade) => JSON.stringify(grade).includes('"secret"'));
    expect(secrets).toEqual([]);
    await until('no process of a submission is left', async () => {
      const { stdout } = await execa('ps', ['-eo', 'args']);
      return !/sleep 86399|sleep 100000$/m.test(stdout);
    });
  });

  test('archives are unpacked within their folder, and what leads outside is named', () => {
    const grades = gradesOf();
    const zip = grades.get('zip-slip');
    expect(zip?.problems.map(({ en }) => en)).toEqual([
      '"../../mark/slipped": a path outside the submission',
      `${JSON.stringify(`${mark}/slipped`)}: a path outside the submission`,
    ]);
    expect(zip?.checks[0]?.verdict).toBe('pass');
    const tar = grades.get('tar-slip');
    expect(tar?.problems.map(({ en }) => en)).toEqual([
      '"../../mark/slipped": a path outside the submission',
      '"out": a link, left out',
      '"secret": a link, left out',
      '"pipe": no regular file, left out',
    ]);
    expect(tar?.checks[0]?.output).toMatch(/long\n/);
    expect(grades.get('zip-bomb')?.checks[0]).toMatchObject({
      verdict: 'ungradable',
      actual: { en: 'it holds more than 256 MiB' },
    });
    expect(grades.get('broken')?.checks[0]).toMatchObject({
      verdict: 'ungradable',
      actual: { en: 'it is no zip file' },
    });
  });

  test('the command ends well, and says where the page is', () => {
    expect(outcome.stderr).not.toContain('fault of the kit');
    expect(outcome.code).toBe(0);
    expect(outcome.stdout).toMatch(/18 graded, 0 kept\n.*class\.html/);
    // Grades are the lecturer's alone.
    expect(lstatSync(out).mode & 0o777).toBe(0o700);
  });

  test('csv has a column for each check and a row for each submission', async () => {
    const script = 'import csv,json,sys; print(json.dumps(list(csv.reader(sys.stdin))))';
    const { stdout } = await execa('python3', ['-c', script], {
      input: readFileSync(join(out, 'class.csv')),
    });
    const rows = JSON.parse(stdout) as string[][];
    expect(rows[0]).toEqual(['submission', 'student', 'points', 'of', 'tool/runs', 'tool/handed-in']);
    expect(rows).toHaveLength(HOSTILE.length + 5);
    expect(rows.find(([name]) => name === 'good')?.slice(2, 5)).toEqual(['10', '10', '10']);
  });

  test('graded again nothing is done; a changed submission is, and the change is told with its reason', async () => {
    const again = await chatLab(['grade', 'class', folder, '--out', out]);
    expect(again.stdout).toMatch(/^0 graded, 18 kept/);
    writeFileSync(join(folder, 'prints-a-forged-result', 'run.sh'), 'echo ok');
    const changed = await chatLab(['grade', 'class', folder, '--out', out]);
    expect(changed.stdout).toContain(
      'prints-a-forged-result tool: 0/10 → 10/10, because the submission changed\n  runs: fail 0/10 → pass 10/10\n1 graded, 17 kept',
    );
    writeFileSync(
      join(folder, 'class.yaml'),
      CLASS.replace('tasks:', 'tasks:').replace('code: 0', 'code: 3'),
    );
    writeFileSync(join(folder, 'good', 'run.sh'), 'echo ok');
    for (const name of readdirSync(folder))
      if (name !== 'good' && name !== 'class.yaml') await execa('rm', ['-r', join(folder, name)]);
    const rules = await chatLab(['grade', 'class', folder, '--out', out]);
    expect(rules.stdout).toContain('good tool: 10/10 → 0/10, because the task in class.yaml changed');
  });
});

describe.skipIf(why !== '')(`grade class: killed half way${why}`, () => {
  const top = scratch();
  const folder = join(top, 'class');
  const out = join(top, 'grades');
  const NAMES = ['a', 'b', 'c', 'd'];

  const rows = (): { submission: string; at: string }[] => {
    const database = new DatabaseSync(join(out, 'class.sqlite'), { readOnly: true });
    const all = database.prepare('SELECT submission, graded_at AS at FROM grade ORDER BY id').all();
    database.close();
    return all.map((row) => ({ submission: String(row['submission']), at: String(row['at']) }));
  };

  test('by SIGKILL, it goes on where it was, and grades nothing twice', async () => {
    for (const name of NAMES) {
      mkdirSync(join(folder, name), { recursive: true });
      // The last ones never end by themselves, so the run is certainly under way when it is killed.
      writeFileSync(join(folder, name, 'run.sh'), name > 'b' ? 'sleep 86398' : 'echo ok');
    }
    writeFileSync(join(folder, 'class.yaml'), CLASS.replace('seconds: 4', 'seconds: 600'));
    const killed = startChatLab(['grade', 'class', folder, '--out', out, '--jobs', '1']);
    await until(
      'two are graded',
      () => existsSync(join(out, 'class.sqlite')) && rows().length === 2,
      120_000,
    );
    killed.kill('SIGKILL');
    expect((await killed).signal).toBe('SIGKILL');
    await until('the program of the one that was under way is gone', async () => {
      const { stdout } = await execa('ps', ['-eo', 'args']);
      return !/sleep 86398/.test(stdout);
    });
    const before = rows();
    expect(before.map(({ submission }) => submission)).toEqual(['a', 'b']);
    for (const name of ['c', 'd']) writeFileSync(join(folder, name, 'run.sh'), 'echo ok');
    const again = await chatLab(['grade', 'class', folder, '--out', out]);
    expect(again.stdout).toMatch(/^2 graded, 2 kept/);
    expect(rows().slice(0, 2)).toEqual(before);
    expect(
      rows()
        .map(({ submission }) => submission)
        .sort(),
    ).toEqual(NAMES);
  }, 240_000);
});

describe('grade class: a grading process that is killed', () => {
  test('costs nothing, leaves the others alone, and is started again by the next run', async () => {
    const top = scratch();
    const folder = join(top, 'class');
    for (const name of ['a', 'b']) {
      mkdirSync(join(folder, name, 'lab01'), { recursive: true });
      writeFileSync(join(folder, name, 'lab01/notes.txt'), 'no evidence');
    }
    writeFileSync(
      join(folder, 'class.yaml'),
      'class: reports\ntasks:\n  - { id: connect, kind: report, folder: lab01, lab: 1 }\n',
    );
    const csv = (): string[] =>
      readFileSync(join(top, 'class-grades/class.csv'), 'utf8').trim().split('\r\n').slice(1);
    const lab = startChatLab(['grade', 'class', folder, '--jobs', '1'], { timeoutMs: 150_000 });
    const hunting = hunt(lab.pid, /report-worker/, 1);
    const { stdout, stderr } = await lab;
    expect(hunting.stop(), stderr).toBe(1);
    expect(stdout).toContain('2 graded, 0 kept');
    // Points and of how many, and the check: an error costs none, what is no evidence all.
    expect(csv()[0]).toMatch(/^a,,0,0,error$/);
    expect(csv()[1]).toMatch(/^b,,0,[1-9]\d*,0$/);
    const again = await chatLab(['grade', 'class', folder, '--jobs', '1']);
    expect(again.stdout).toContain('1 graded, 1 kept');
    expect(csv()[0]).toBe(csv()[1]?.replace('b', 'a'));
  }, 240_000);
});

const noWorlds = worlds.kind === 'namespaces' ? '' : ` (skipped: ${worlds.why ?? 'no namespaces'})`;

describe.skipIf(noWorlds !== '')(`grade class: reports${noWorlds}`, () => {
  const top = scratch();
  const folder = join(top, 'class');

  test('each report is its student’s, and a copied capture is a signal', async () => {
    mkdirSync(join(folder, '3200102312'), { recursive: true });
    writeFileSync(
      join(folder, 'class.yaml'),
      'class: reports\ntasks:\n  - { id: connect, kind: report, folder: lab01, lab: 1 }\n',
    );
    const run = await chatLab([
      'run',
      '1',
      '--student',
      '3200102312',
      '--out',
      join(folder, '3200102312/lab01'),
    ]);
    expect(run.code).toBe(0);
    cpSync(join(folder, '3200102312'), join(folder, '3200102399'), { recursive: true });
    mkdirSync(join(folder, '3200102400/Lab01'), { recursive: true });
    writeFileSync(join(folder, '3200102400/Lab01/notes.txt'), 'nothing yet');
    const { code, stdout } = await chatLab(['grade', 'class', folder]);
    expect(stdout).toContain('3 graded');
    expect(code).toBe(0);
    const page = readFileSync(join(top, 'class-grades/class.html'), 'utf8');
    expect(page).toMatch(
      /<b>3200102312<\/b> \+ <b>3200102399<\/b>, connect: .*initial sequence numbers.*TCP timestamps .*byte for byte/,
    );
    expect(page).toContain('the run is the variant of student 3200102312, not of 3200102399');
    expect(page).toContain('there is &quot;Lab01&quot;');
    expect(page).toContain('href="../class/3200102312/lab01"');
    expect(page).not.toMatch(/<script|https?:\/\//);
    // Nothing handed in is no way to a better share: all points of the lab are lost.
    const { file } = await loadLab('01-connect');
    const of = [...file.checks, ...(file.answers ?? [])].reduce((sum, { points }) => sum + points, 0);
    const csv = readFileSync(join(top, 'class-grades/class.csv'), 'utf8');
    expect(csv).toMatch(new RegExp(`^3200102400,3200102400,0,${of},`, 'm'));
  }, 180_000);
});
