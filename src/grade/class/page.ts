/**
 * The class page: one HTML file without scripts and without a network, for a browser in light or dark. A verdict is
 * never told by colour alone: each cell has its sign, and its title says the rest.
 */
import { relative } from 'node:path';
import { type GradedCheck, checkText, type VerdictKind } from '../../check/index.ts';
import { type Overview, type Student, sumOf } from './overview.ts';

const SIGNS: Readonly<Record<VerdictKind, string>> = {
  pass: '✔',
  fail: '✘',
  skipped: '–',
  ungradable: '?',
  error: '!',
};

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d0d4da, #3c434d); --soft: light-dark(#57606a, #9aa4b0);
  --pass: light-dark(#d3f0d8, #17442a); --fail: light-dark(#f9d0cc, #6b2320); --skipped: light-dark(#e8eaed, #30363d);
  --ungradable: light-dark(#fbe7b2, #5c4708); --error: light-dark(#dcd3f5, #43336e); }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem; background: light-dark(#fff, #14171b); color: light-dark(#1b1f24, #e3e7ec); }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2.2rem }
.scroll { overflow-x: auto; max-width: 100% }
table { border-collapse: collapse } td, th { border: 1px solid var(--line); padding: .25rem .5rem; text-align: center }
th[scope=row], td.name { text-align: left; white-space: nowrap; position: sticky; left: 0; background: light-dark(#fff, #14171b) }
thead .check { vertical-align: bottom; padding: .5rem .25rem } .check span { writing-mode: vertical-rl; transform: rotate(180deg); font-weight: 400; max-height: 15rem }
td.v { min-width: 2rem } td.num { text-align: right; font-variant-numeric: tabular-nums }
.pass { background: var(--pass) } .fail { background: var(--fail) } .skipped { background: var(--skipped) }
.ungradable { background: var(--ungradable) } .error { background: var(--error) }
.key span { display: inline-block; padding: .1rem .5rem; margin-right: .5rem; border: 1px solid var(--line) }
a { color: light-dark(#0550ae, #79b8ff) } details { margin: .4rem 0 } summary { cursor: pointer }
pre { background: light-dark(#f5f6f8, #1d2229); padding: .6rem .8rem; overflow-x: auto; font-size: 13px; border: 1px solid var(--line) }
.soft { color: var(--soft) }`;

/** Names and outputs are the students'. */
export const html = (value: string): string =>
  value.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** `from` is the folder that the page lies in: links to evidence are relative to it. */
export function classPage(overview: Overview, from: string, at: Date): string {
  const { title, students, copies } = overview;
  const totals = students.map(({ grades }) => sumOf([...grades.values()]));
  const average = totals.reduce((sum, { points }) => sum + points, 0) / Math.max(1, totals.length);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${html(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${html(title)}</h1>
<p>${students.length} submissions, ${average.toFixed(1)} points on average <span class="soft">· ${at.toISOString().slice(0, 16).replace('T', ' ')} UTC</span></p>
<h2>Checks by student</h2>
${key()}
${heatMap(overview)}
<h2>Copy signals</h2>
${copyList(copies)}
<h2>What did not pass</h2>
${students.map((student) => story(student, overview, from)).join('\n')}
</body>
</html>
`;
}

const key = (): string =>
  `<p class="key">${Object.entries(SIGNS)
    .map(([verdict, sign]) => `<span class="${verdict}">${sign} ${verdict}</span>`)
    .join('')}</p>`;

function heatMap({ students, columns }: Overview): string {
  const tasks = [...new Set(columns.map(({ task }) => task))];
  const groups = tasks
    .map(
      (task) => `<th colspan="${columns.filter((column) => column.task === task).length}">${html(task)}</th>`,
    )
    .join('');
  const heads = columns
    .map(({ id, title }) => `<th class="check" title="${html(title)}"><span>${html(id)}</span></th>`)
    .join('');
  const rows = students.map(({ name, grades }, index) => {
    const { points, of } = sumOf([...grades.values()]);
    const cells = columns
      .map(({ task, id }) => cell(grades.get(task)?.checks.find((check) => check.id === id)))
      .join('');
    return `<tr><th scope="row"><a href="#s${index}">${html(name)}</a></th><td class="num">${points}</td><td class="num">${of}</td>${cells}</tr>`;
  });
  const passed = columns.map(({ task, id }) => {
    const all = students.flatMap(
      ({ grades }) => grades.get(task)?.checks.filter((check) => check.id === id) ?? [],
    );
    const share = (100 * all.filter(({ verdict }) => verdict === 'pass').length) / Math.max(1, all.length);
    return `<td class="num">${share.toFixed(0)}%</td>`;
  });
  return `<div class="scroll"><table>
<thead><tr><th rowspan="2">submission</th><th rowspan="2">points</th><th rowspan="2">of</th>${groups}</tr><tr>${heads}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
<tfoot><tr><th scope="row">passed</th><td></td><td></td>${passed.join('')}</tr></tfoot>
</table></div>`;
}

function cell(check: GradedCheck | undefined): string {
  if (check === undefined) return '<td></td>';
  const unstable = check.unstable === true ? ' (unstable)' : '';
  const says = `${check.title.en}: ${check.verdict}${unstable}, ${check.points}/${check.maxPoints}. ${check.actual.en.slice(0, 300)}`;
  return `<td class="v ${check.verdict}" title="${html(says)}">${SIGNS[check.verdict]}${check.unstable === true ? '~' : ''}</td>`;
}

function copyList(copies: Overview['copies']): string {
  if (copies.length === 0) return '<p>No two captures share sequence numbers, times or bytes.</p>';
  const words = {
    isn: 'pairs of initial sequence numbers',
    time: 'times of a SYN to the microsecond',
    bytes: 'captures, byte for byte',
  };
  const items = copies.map(({ task, names, shared }) => {
    const what = shared
      .map(({ kind, count, where }) => `${count} ${words[kind]} (first: ${where})`)
      .join('; ');
    return `<li><b>${html(names[0])}</b> and <b>${html(names[1])}</b>, ${html(task)}: ${html(what)}</li>`;
  });
  return `<p>A signal to look at, no verdict: no score depends on it. Chance does not make these equal.</p><ul>${items.join('\n')}</ul>`;
}

function story({ name, source, grades }: Student, { students, folders }: Overview, from: string): string {
  const index = students.findIndex((student) => student.name === name);
  const parts = [...grades].flatMap(([task, grade]) => {
    // What makes the whole ungradable is told once, by the problems.
    const bad = grade.checks.filter(
      ({ verdict }) => verdict !== 'pass' && !(grade.problems.length > 0 && verdict === 'ungradable'),
    );
    const folder = folders.get(task);
    const place =
      folder === undefined || /\.(zip|tar|tgz|gz)$/i.test(source) ? source : `${source}/${folder}`;
    const link = `<a href="${html(encodeURI(relative(from, place) || '.'))}">evidence</a>`;
    const text = [
      ...grade.problems.map(({ en }) => `! ${en}`),
      ...bad.map((check) => checkText(check, 'en')),
    ].join('\n');
    const { points, of } = grade.score;
    return [
      `<p>${html(task)}: ${points}/${of} · ${link}</p>${text === '' ? '' : `<pre>${html(text)}</pre>`}`,
    ];
  });
  return `<details id="s${index}"><summary>${html(name)}</summary>${parts.join('\n')}</details>`;
}
