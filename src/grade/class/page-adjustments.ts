/** What the lecturer changed, in a table of its own: a mark in a cell says only that there is something. */
import { changeText, graderText, type Language, reasonText } from '../../check/index.ts';
import { type Adjustment, adjustmentsOf, type Student } from './overview.ts';
import { html } from './page-text.ts';
import { pageWord } from './page-words.ts';

/** Nothing where nothing was adjusted. */
export function adjustmentSection(students: readonly Student[], language: Language): string {
  const word = (name: Parameters<typeof pageWord>[0]): string => html(pageWord(name, language));
  const rows = students.flatMap((student, index) =>
    adjustmentsOf(student).map((adjustment, nth) => {
      const name = nth === 0 ? `<a href="#s${index}">${html(student.name)}</a>` : '';
      return `<tr><th scope="row">${name}</th>${cells(adjustment, language)}</tr>`;
    }),
  );
  if (rows.length === 0) return '';
  const heads = (['submission', 'task', 'check', 'grader', 'change', 'counts', 'reason'] as const).map(
    (name) => `<th>${word(name)}</th>`,
  );
  return `<h2>${word('adjustments')}</h2>
<p class="soft">${word('adjustmentsHelp')}</p>
<div class="scroll"><table class="adjustments">
<thead><tr>${heads.join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table></div>
`;
}

function cells({ task, check, adjusted, points, of }: Adjustment, language: Language): string {
  const { change, upon } = adjusted;
  const what =
    check === undefined
      ? html(pageWord('wholeTask', language))
      : `<span title="${html(check.title[language])}">${html(check.id)}</span>`;
  const counts = change.kind === 'excused' ? html(pageWord('notCounted', language)) : html(`${points}/${of}`);
  const again =
    upon === undefined ? '' : `<br><b>! ${html(`${pageWord('lookAgain', language)} ${upon}`)}</b>`;
  return [
    `<td>${html(task)}</td><td>${what}</td>`,
    `<td class="num">${html(graderText(adjusted)[language])}</td>`,
    `<td>${html(changeText(change)[language])}</td><td class="num">${counts}</td>`,
    `<td class="reason">${html(reasonText(adjusted)[language])}${again}</td>`,
  ].join('');
}
