import { changeText, csv, graderText, reasonText } from '../../check/index.ts';
import { adjustmentsOf, checkOf, sumOf } from './overview.ts';
import type { Overview, Student } from './overview.ts';

/**
 * A row for each submission; a column for each task where there are several, then one for each check, points in the cells;
 * empty where there is nothing to say. Points are those that count. Where anything of the class is adjusted, columns behind all
 * others say what the grader gave, and what was adjusted and why.
 */
export function classCsv({ students, columns }: Overview): string {
  const all = [...new Set(columns.map(({ task }) => task))];
  const tasks = all.length > 1 ? all : [];
  const checks = columns.map(({ task, id }) => `${task}/${id}`);
  const some = students.some((student) => adjustmentsOf(student).length > 0);
  const more = some ? ['grader points', 'grader of', 'adjustments'] : [];
  const head = ['submission', 'student', 'points', 'of', ...tasks, ...checks, ...more];
  const rows = students.map(({ name, student, grades }) => {
    const { points, of, grader = { points, of } } = sumOf([...grades.values()]);
    const cells = columns.map((column) => {
      const check = checkOf({ grades }, column);
      if (check === undefined) return '';
      if (check.adjusted !== undefined)
        return check.adjusted.change.kind === 'excused' ? 'excused' : check.points;
      return check.verdict === 'skipped' || check.verdict === 'error' ? check.verdict : check.points;
    });
    const sums = tasks.map((task) => {
      const grade = grades.get(task);
      return grade?.adjusted?.change.kind === 'excused' ? 'excused' : (grade?.score.points ?? '');
    });
    const told = some ? [grader.points, grader.of, adjustmentWords({ grades })] : [];
    return [name, student ?? '', points, of, ...sums, ...cells, ...told];
  });
  return csv([head, ...rows]);
}

/** `server/time: grader 0/5, set to 4: shown in the office hour (Li, 2026-11-26)`; several with a semicolon between. */
const adjustmentWords = (student: Pick<Student, 'grades'>): string =>
  adjustmentsOf(student)
    .map(({ task, check, adjusted }) => {
      const what = check === undefined ? task : `${task}/${check.id}`;
      return `${what}: grader ${graderText(adjusted).en}, ${changeText(adjusted.change).en}: ${reasonText(adjusted).en}`;
    })
    .join('; ');

/** A row for each match. */
export function interopCsv({ interop: { matches } }: Overview): string {
  const head = [
    ...['client', 'client task', 'server', 'server task', 'works', 'of', 'at fault', 'first failure'],
    ...['evidence', 'played at'],
  ];
  const rows = matches.map((row) => {
    const { points, of } = row.grade.score;
    const bad = row.grade.checks.find(({ verdict }) => verdict !== 'pass');
    return [
      ...[row.client, row.clientTask, row.server, row.serverTask, points, of, row.fault ?? ''],
      ...[bad === undefined ? '' : `${bad.id}: ${bad.actual.en}`, row.evidence, row.playedAt],
    ];
  });
  return csv([head, ...rows]);
}
