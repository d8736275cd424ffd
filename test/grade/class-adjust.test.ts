/** A lecturer changes what the grader said: whole runs of `grade class`, and of the commands for one grade. */
import { existsSync, lstatSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { GRADE, type Grade } from '../../src/check/index.ts';
import { readAdjustments } from '../../src/grade/adjustments/file.ts';
import { chatLab, root, scratch } from '../helpers/lab.ts';
import { lacks } from '../host/support/perform.ts';

const probe = await execa('bwrap', ['--unshare-all', '--ro-bind', '/', '/', 'true'], { reject: false });
const why = probe.exitCode === 0 ? '' : ` (skipped: bubblewrap cannot: ${probe.stderr.slice(0, 200)})`;

const CLASS = `class: adjusted
tasks:
  - { id: tool, kind: program, run: [sh, tool.sh], expect: { output: '^ok$' } }
  - { id: extra, kind: program, run: [sh, extra.sh], points: 5 }
`;
/** Who hands in what: \`ok\` is right. */
const SUBMISSIONS = {
  'ann-3200102301': { tool: 'echo ok', extra: 'true' },
  'bob-3200102302': { tool: 'echo nearly', extra: 'false' },
  'eve-3200102305': { tool: 'echo ok', extra: 'false' },
} as const;
const BOB = `# The office hour.
- submission: 3200102302
  task: tool
  check: runs
  points: 6
  reason: '=1+1 <b>"nearly"</b> is | right, said \\u202e he'
  by: Prof. Li
  at: 2026-11-26
`;
const MORE = `${BOB}- { submission: eve-3200102305, task: extra, excused: true, reason: { en: was ill, zh: 病假 } }
- { submission: ann-3200102301, task: tool, add: -2.5, reason: two days late }
`;

describe.skipIf(why !== '')(`grade class: adjustments${why}`, () => {
  const top = scratch();
  const folder = join(top, 'class');
  const out = join(top, 'class-grades');
  const grade = (...more: string[]) => chatLab(['grade', 'class', folder, ...more]);
  const adjust = (text: string) => writeFileSync(join(folder, 'adjustments.yaml'), text);
  const page = () => readFileSync(join(out, 'class.html'), 'utf8');

  const rowsOf = (view: string): Record<string, unknown>[] => {
    const database = new DatabaseSync(join(out, 'class.sqlite'), { readOnly: true });
    const rows = database.prepare(`SELECT * FROM ${view} ORDER BY submission, task`).all();
    database.close();
    return rows.map((row) => ({ ...row }));
  };
  /** class.csv as another program reads it, by submission. */
  const csv = async (): Promise<Map<string, Record<string, string>>> => {
    const script = 'import csv,json,sys; print(json.dumps(list(csv.DictReader(sys.stdin))))';
    const { stdout } = await execa('python3', ['-c', script], {
      input: readFileSync(join(out, 'class.csv')),
    });
    const rows = JSON.parse(stdout) as Record<string, string>[];
    return new Map(rows.map((row) => [row['submission'] ?? '', row]));
  };

  beforeAll(async () => {
    for (const [name, { tool, extra }] of Object.entries(SUBMISSIONS)) {
      mkdirSync(join(folder, name), { recursive: true });
      writeFileSync(join(folder, name, 'tool.sh'), tool);
      writeFileSync(join(folder, name, 'extra.sh'), extra);
    }
    writeFileSync(join(folder, 'class.yaml'), CLASS);
    const { code, stdout } = await grade();
    expect([code, stdout.split('\n')[0]]).toEqual([0, '6 graded, 0 kept']);
  }, 120_000);

  test('without any the page and the table are as they always were', async () => {
    expect(page()).not.toContain('✎');
    expect([...(await csv()).values()].map((row) => Object.keys(row))).toEqual(
      Array.from({ length: 3 }, () => [
        'submission',
        'student',
        'points',
        'of',
        'tool',
        'extra',
        'tool/runs',
        'extra/runs',
      ]),
    );
  });

  test('points, sums and statistics are the adjusted ones, beside the grader’s; nothing is graded for it', async () => {
    const before = rowsOf('latest');
    adjust(MORE);
    const { code, stdout, stderr } = await grade();
    expect([code, stderr.includes('adjustments.yaml')]).toEqual([0, false]);
    expect(stdout).toMatch(/^0 graded, 6 kept, 3 adjustments to 3 submissions\n/);

    const rows = await csv();
    const both = (name: string) => {
      const row = rows.get(name) ?? {};
      return ['points', 'of', 'grader points', 'grader of', 'tool/runs', 'extra/runs'].map((key) => row[key]);
    };
    expect(both('ann-3200102301')).toEqual(['12.5', '15', '15', '15', '10', '5']);
    expect(both('bob-3200102302')).toEqual(['6', '15', '0', '15', '6', '0']);
    expect(both('eve-3200102305')).toEqual(['10', '10', '10', '15', '10', 'excused']);
    expect(rows.get('eve-3200102305')?.['extra']).toBe('excused');
    expect(rows.get('bob-3200102302')?.['adjustments']).toBe(
      'tool/runs: grader 0/10, set to 6: =1+1 <b>"nearly"</b> is | right, said \\u202e he (Prof. Li, 2026-11-26)',
    );

    // The average is of what counts: 28.5 of three; by the grader alone 25.
    expect(page()).toContain('9.5 points on average · 3 adjusted · 8.3 by the grader alone');
    expect(page()).toContain('=1+1 &lt;b&gt;&quot;nearly&quot;&lt;/b&gt; is | right');
    expect(page()).toMatch(/<td class="v fail" title="[^"]*6\/10[^"]*">✘<span class="adjusted">✎6<\/span>/);
    // One of the two who count for `extra` passed it.
    expect(page()).toMatch(/<tfoot>.*<td class="num">67%<\/td><td class="num">50%<\/td>/);

    // What the grader said is in the database as it was, and what counts beside it.
    expect(rowsOf('latest')).toEqual(before);
    expect(
      rowsOf('counting').map((row) => [
        row['points'],
        row['points_of'],
        row['grader_points'],
        row['adjusted'],
      ]),
    ).toEqual([
      ...[
        [5, 5, 5, 0],
        [7.5, 10, 10, 1],
      ],
      ...[
        [0, 5, 0, 0],
        [6, 10, 0, 1],
      ],
      ...[
        [0, 0, 0, 1],
        [10, 10, 10, 0],
      ],
    ]);
    const [bob] = rowsOf('adjusted').filter((row) => row['submission'] === 'bob-3200102302');
    expect(GRADE.parse(JSON.parse(String(bob?.['grade'])))).toMatchObject({
      score: { points: 6, of: 10, grader: { points: 0, of: 10 } },
      checks: [{ verdict: 'fail', points: 6, adjusted: { grader: { points: 0 }, by: 'Prof. Li' } }],
    });
  });

  test('what a student is handed back has both points and the reason, and nothing of others', () => {
    const page = readFileSync(join(out, 'students', 'bob-3200102302.html'), 'utf8');
    expect(page).toContain('points 6/15 (adjusted; the grader gave 0/15)');
    expect(page).toContain('<h2>tool: 6/10 (adjusted; the grader gave 0/10)</h2>');
    expect(page).toContain(
      'adjusted, set to 6: =1+1 &lt;b&gt;&quot;nearly&quot;&lt;/b&gt; is | right, said \\u202e he (Prof. Li, 2026-11-26)',
    );
    expect(page).toContain('[runs] 0/5 fail');
    expect(page).not.toMatch(/ann-|eve-|<script|https?:|href/);
    expect(lstatSync(join(out, 'students', 'bob-3200102302.html')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(out, 'students', 'eve-3200102305.html'), 'utf8')).toContain(
      '<h2>extra: excused (adjusted; the grader gave 0/5)</h2>',
    );
  });

  test('a Chinese page says it in Chinese', async () => {
    await grade('--lang', 'zh');
    for (const words of ['成绩调整', '3 份有调整', '病假', '定为 6 分', '不计入', '自动评分为 0/10'])
      expect(page()).toContain(words);
    expect(readFileSync(join(out, 'students', 'eve-3200102305.html'), 'utf8')).toContain(
      '已调整（免计）：病假',
    );
  });

  test('it costs no grade: a slip is said with its line and what there is, before anything is graded', async () => {
    const pageBefore = page();
    for (const [text, message] of [
      [
        BOB.replace('3200102302', '3200102309'),
        /adjustments\.yaml:2:3: there is no submission 3200102309\. The submissions: .*bob-3200102302/,
      ],
      [
        BOB.replace('check: runs', 'check: run'),
        /adjustments\.yaml:4:3: there is no check run in tool of bob-3200102302; is it runs\? The checks: runs/,
      ],
      [
        BOB.replace('points: 6', 'points: 60'),
        /adjustments\.yaml:5:3: the maximum of runs is 10; where more is meant say bonus: true/,
      ],
    ] as const) {
      adjust(text);
      const { code, stdout, stderr } = await grade();
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(message);
    }
    expect(page()).toBe(pageBefore);
    adjust(BOB.replace('points: 6', 'points: 60').replace('check:', 'bonus: true\n  check:'));
    expect((await grade()).code).toBe(0);
    expect((await csv()).get('bob-3200102302')?.['points']).toBe('60');
    const { code, stderr } = await grade('--adjustments', join(top, 'none.yaml'));
    expect(code).toBe(2);
    expect(stderr).toContain('none.yaml: ENOENT');
  });

  test('a regrade keeps them, and says when the grader’s points that one was decided upon are others now', async () => {
    adjust(BOB);
    await grade();
    writeFileSync(join(folder, 'bob-3200102302', 'tool.sh'), 'echo ok');
    const changed = await grade();
    expect(changed.stdout).toContain('bob-3200102302 tool: 0/10 → 10/10, because the submission changed');
    const again =
      /adjustments\.yaml:2: bob-3200102302 tool runs: decided when the grader gave 0; now it gives 10\. Look again/;
    expect(changed.stderr).toMatch(again);
    expect((await csv()).get('bob-3200102302')).toMatchObject({ 'tool/runs': '6', 'grader points': '10' });
    expect(page()).toContain('look again: when this was decided, the grader gave 0');
    // As long as nobody looked it is said at every run, also at one that grades all again.
    expect((await grade('--regrade')).stderr).toMatch(again);
    adjust(BOB.replace('points: 6', 'points: 6\n  grader: 10'));
    const looked = await grade();
    expect(looked.stderr).not.toContain('Look again');
    expect(page()).not.toContain('look again');
    adjust(BOB.replace('points: 6', 'points: 6\n  grader: 9'));
    expect((await grade()).stderr).toContain('decided when the grader gave 9; now it gives 10');
  });

  test('grade adjust writes an entry that the next run takes, and refuses what would be none', async () => {
    const write = (...more: string[]) => chatLab(['grade', 'adjust', folder, ...more]);
    const file = join(folder, 'adjustments.yaml');
    adjust(BOB);
    const reason = 'a: "b" # c\n- d \u202e =1+1';
    const { code, stdout, stderr } = await write(
      ...['3200102305', 'extra', 'runs', '--points', '2.5', '--reason', reason, '--by', '- Li'],
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('eve-3200102305 extra: 2.5/5 (adjusted; the grader gave 0/5)');
    const text = readFileSync(file, 'utf8');
    expect(text.startsWith(BOB)).toBe(true);
    expect(readAdjustments(text, 'f', 'class').entries[1]).toMatchObject({
      ...{ submission: 'eve-3200102305', task: 'extra', check: 'runs', upon: 0, by: '- Li', line: 9 },
      reason: { en: 'a: "b" # c - d \u202e =1+1' },
    });
    expect((await grade()).stdout).toContain('2 adjustments to 2 submissions');
    expect((await csv()).get('eve-3200102305')?.['points']).toBe('12.5');

    for (const [args, message] of [
      [
        ['3200102305', 'extra', 'run', '--points', '2'],
        'there is no check run in extra of eve-3200102305; is it runs?',
      ],
      [['3200102305', 'extra', '--points', '6'], 'the maximum of extra of eve-3200102305 is 5'],
      [['3200102305', 'extra', 'runs', '--add', '-1'], 'line 9 adjusts the same already'],
      [['3200102305', 'tool'], 'Give --points N, --add N or --excused'],
      [['3200102305', 'tool', '--points', '1', '--excused'], 'cannot be used with'],
    ] as const) {
      const refused = await write(...args, '--reason', 'x');
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain(message);
      expect(readFileSync(file, 'utf8')).toBe(text);
    }
  });

  test('taken out of the file, it is gone', async () => {
    adjust('# none\n');
    expect((await grade()).stdout).toMatch(/^0 graded, 6 kept\n/);
    expect(page()).not.toContain('✎');
    expect(rowsOf('adjusted')).toEqual([]);
    expect((await csv()).get('bob-3200102302')?.['points']).toBe('10');
  });
});

describe.skipIf(lacks !== '')(`one grade: --adjustments${lacks}`, () => {
  const top = scratch();
  const server = (...more: string[]) =>
    chatLab(
      [
        'grade',
        'server',
        '--only',
        'time',
        ...more,
        '--',
        'python3',
        join(root, 'test/zoo/servers/py-threads.py'),
        '{port}',
      ],
      { cwd: top },
    );

  test('changes what the command says and its exit code', async () => {
    const file = join(top, 'mine.yaml');
    writeFileSync(file, '- { check: tme, points: 0, reason: x }\n');
    const slip = await server('--adjustments', file);
    expect(slip.code).toBe(2);
    expect(slip.stderr).toContain('mine.yaml:1:5: there is no check tme; is it time? The checks: ');
    writeFileSync(file, '- { check: time, points: 1, grader: 0, reason: copied from the neighbour }\n');
    const { code, stdout, stderr } = await server('--adjustments', file, '--format', 'json');
    const grade: Grade = GRADE.parse(JSON.parse(stdout));
    const time = grade.checks.find(({ id }) => id === 'time');
    expect(time).toMatchObject({ verdict: 'pass', points: 1, adjusted: { upon: 0 } });
    expect(grade.score.points).toBe((grade.score.grader?.points ?? 0) - (time?.maxPoints ?? 0) + 1);
    expect(code).toBe(1);
    expect(stderr).toMatch(/mine\.yaml:1: time: decided when the grader gave 0; now it gives \d/);
    expect(existsSync(file)).toBe(true);
  }, 120_000);
});
