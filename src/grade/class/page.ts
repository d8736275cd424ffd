/**
 * The class page: one HTML file without scripts and without a network, for a browser in light or dark. A verdict is
 * never told by colour alone: each cell has its sign, and its title says the rest.
 */
import { relative } from 'node:path';
import {
  adjustedText,
  checksText,
  type GradedCheck,
  type Language,
  scoreText,
  standing,
  type VerdictKind,
} from '../../check/index.ts';
import { checkOf, type Overview, type Student, sumOf } from './overview.ts';
import { adjustmentSection } from './page-adjustments.ts';
import { interopSection } from './page-interop.ts';
import { framed } from './page-frame.ts';
import { html, htmlLines } from './page-text.ts';
import { pageWord, SIGNAL_WORDS, VERDICT_WORDS } from './page-words.ts';

const SIGNS: Readonly<Record<VerdictKind, string>> = {
  pass: '✔',
  fail: '✘',
  skipped: '–',
  ungradable: '?',
  error: '!',
};

const VERDICTS = ['pass', 'fail', 'skipped', 'ungradable', 'error'] as const;

/** `from` is the folder that the page lies in: links to evidence are relative to it. */
export function classPage(overview: Overview, from: string, at: Date, language: Language): string {
  const { title, students, copies } = overview;
  const word = (name: Parameters<typeof pageWord>[0]): string => html(pageWord(name, language));
  const totals = students.map(({ grades }) => sumOf([...grades.values()]));
  const average = (points: readonly number[]): string =>
    (points.reduce((sum, one) => sum + one, 0) / Math.max(1, points.length)).toFixed(1);
  const adjusted = totals.filter(({ grader }) => grader !== undefined).length;
  const alone = average(totals.map(({ points, grader }) => grader?.points ?? points));
  const told = adjusted === 0 ? '' : ` · ${adjusted} ${word('adjusted')} · ${alone} ${word('graderAverage')}`;
  const body = `<h1>${html(title)}</h1>
<p>${students.length} ${word('submissions')} · ${average(totals.map(({ points }) => points))} ${word('average')}${told} <span class="soft">· ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC</span></p>
<h2>${word('heatMap')}</h2>
${key(language)}
${heatMap(overview, language)}
${adjustmentSection(students, language)}${interopSection(overview.interop, language, from)}
<h2>${word('copies')}</h2>
${copyList(copies, language)}
<h2>${word('failures')}</h2>
${students.map((student, index) => story(student, index, overview, from, language)).join('\n')}`;
  return framed(title, body, language);
}

const key = (language: Language): string =>
  `<p class="key">${VERDICTS.map(
    (verdict) =>
      `<span class="${verdict}">${SIGNS[verdict]} ${html(VERDICT_WORDS[verdict][language])}</span>`,
  ).join('')}</p>`;

function heatMap({ students, columns }: Overview, language: Language): string {
  const word = (name: Parameters<typeof pageWord>[0]): string => html(pageWord(name, language));
  const tasks = [...new Set(columns.map(({ task }) => task))];
  const groups = tasks
    .map(
      (task) => `<th colspan="${columns.filter((column) => column.task === task).length}">${html(task)}</th>`,
    )
    .join('');
  const heads = columns
    .map(
      ({ id, title }) => `<th class="check" title="${html(title[language])}"><span>${html(id)}</span></th>`,
    )
    .join('');
  const rows = students.map(({ name, grades }, index) => {
    const score = sumOf([...grades.values()]);
    const cells = columns.map((column) => cell(checkOf({ grades }, column), language)).join('');
    return `<tr><th scope="row"><a href="#s${index}">${html(name)}</a></th>${pointsCell(score, language)}<td class="num">${score.of}</td>${cells}</tr>`;
  });
  const passed = columns.map((column) => {
    const all = students.flatMap((student) => checkOf(student, column) ?? []);
    // Where nobody could pass it, there is no share of those who did.
    const counted = all.filter(({ because, adjusted }) =>
      adjusted === undefined ? because !== 'does-not-apply' : adjusted.change.kind !== 'excused',
    );
    if (counted.length === 0) return '<td class="num">–</td>';
    const share = (100 * counted.filter((check) => standing(check) === 'pass').length) / counted.length;
    return `<td class="num">${share.toFixed(0)}%</td>`;
  });
  return `<div class="scroll"><table>
<thead><tr><th rowspan="2">${word('submission')}</th><th rowspan="2">${word('points')}</th><th rowspan="2">${word('of')}</th>${groups}</tr><tr>${heads}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
<tfoot><tr><th scope="row">${word('passed')}</th><td></td><td></td>${passed.join('')}</tr></tfoot>
</table></div>`;
}

function pointsCell({ points, grader }: ReturnType<typeof sumOf>, language: Language): string {
  if (grader === undefined) return `<td class="num">${points}</td>`;
  const says = `${pageWord('grader', language)}: ${grader.points}/${grader.of}`;
  return `<td class="num" title="${html(says)}">${points} ✎</td>`;
}

function cell(check: GradedCheck | undefined, language: Language): string {
  if (check === undefined) return '<td></td>';
  const unstable = check.unstable === true ? ` (${pageWord('unstable', language)})` : '';
  const verdict = VERDICT_WORDS[check.verdict][language];
  const { adjusted } = check;
  const excused = adjusted?.change.kind === 'excused';
  const points = excused ? pageWord('excused', language) : `${check.points}/${check.maxPoints}`;
  const why = adjusted === undefined ? '' : ` ✎ ${adjustedText(adjusted)[language]}`;
  const says = `${check.title[language]}: ${verdict}${unstable}, ${points}.${why} ${check.actual[language]}`;
  const now = adjusted === undefined ? '' : `<span class="adjusted">✎${excused ? '–' : check.points}</span>`;
  return `<td class="v ${check.verdict}" title="${html(says)}">${SIGNS[check.verdict]}${check.unstable === true ? '~' : ''}${now}</td>`;
}

function copyList(copies: Overview['copies'], language: Language): string {
  if (copies.length === 0) return `<p>${html(pageWord('noCopies', language))}</p>`;
  const items = copies.map(({ task, names, shared }) => {
    const what = shared
      .map(({ kind, count, where }) => `${count} ${SIGNAL_WORDS[kind][language]} (${where})`)
      .join('; ');
    return `<li><b>${html(names[0])}</b> + <b>${html(names[1])}</b>, ${html(task)}: ${html(what)}</li>`;
  });
  return `<p>${html(pageWord('signal', language))}</p><ul>${items.join('\n')}</ul>`;
}

function story(
  { name, source, grades }: Student,
  index: number,
  { folders }: Overview,
  from: string,
  language: Language,
): string {
  const parts = [...grades].flatMap(([task, grade]) => {
    // What makes the whole ungradable is told once, by the problems.
    const bad = grade.checks.filter(
      ({ verdict, because, adjusted }) =>
        adjusted !== undefined ||
        (verdict !== 'pass' &&
          because !== 'does-not-apply' &&
          !(grade.problems.length > 0 && verdict === 'ungradable')),
    );
    const folder = folders.get(task);
    const place =
      folder === undefined || /\.(zip|tar|tgz|gz)$/i.test(source) ? source : `${source}/${folder}`;
    const href = encodeURI(relative(from, place) || '.');
    const link = `<a href="${html(href)}">${html(pageWord('evidence', language))}</a>`;
    const text = [
      ...(grade.adjusted === undefined ? [] : [`✎ ${adjustedText(grade.adjusted)[language]}`]),
      ...grade.problems.map((problem) => `! ${problem[language]}`),
      ...checksText(bad, language),
    ].join('\n');
    const told = text === '' ? '' : `<pre>${htmlLines(text)}</pre>`;
    return [`<p>${html(task)}: ${html(scoreText(grade)[language])} · ${link}</p>${told}`];
  });
  // A browser opens what a link's target lies in.
  return `<details><summary>${html(name)}</summary><div id="s${index}">${parts.join('\n')}</div></details>`;
}
