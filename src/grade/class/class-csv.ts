import { csv } from '../../check/index.ts';
import { sumOf } from './overview.ts';
import type { Overview } from './overview.ts';

/**
 * A row for each submission; a column for each task where there are several, then one for each check, points in the cells;
 * empty where there is nothing to say.
 */
export function classCsv({ students, columns }: Overview): string {
  const all = [...new Set(columns.map(({ task }) => task))];
  const tasks = all.length > 1 ? all : [];
  const checks = columns.map(({ task, id }) => `${task}/${id}`);
  const head = ['submission', 'student', 'points', 'of', ...tasks, ...checks];
  const rows = students.map(({ name, student, grades }) => {
    const { points, of } = sumOf([...grades.values()]);
    const cells = columns.map(({ task, id }) => {
      const check = grades.get(task)?.checks.find((each) => each.id === id);
      if (check === undefined) return '';
      return check.verdict === 'skipped' || check.verdict === 'error' ? check.verdict : check.points;
    });
    const sums = tasks.map((task) => grades.get(task)?.score.points ?? '');
    return [name, student ?? '', points, of, ...sums, ...cells];
  });
  return csv([head, ...rows]);
}

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
