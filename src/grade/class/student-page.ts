/** What one student of a class may be handed back: the own grades whole, what is hidden left out, and nothing of others. */
import { createHash } from 'node:crypto';
import { adjustedText, checksText, type Grade, type Language, scoreText } from '../../check/index.ts';
import { type Student, sumOf } from './overview.ts';
import { framed } from './page-frame.ts';
import { html, htmlLines } from './page-text.ts';
import { pageWord } from './page-words.ts';

export function studentPage({ name, grades }: Student, title: string, language: Language): string {
  const total = scoreText({ score: sumOf([...grades.values()]) })[language];
  const body = `<h1>${html(title)}</h1>
<p>${html(name)} · ${html(pageWord('points', language))} ${html(total)}</p>
${[...grades].map(([task, grade]) => section(task, grade, language)).join('\n')}`;
  return framed(`${title}: ${name}`, body, language);
}

/** Each check with a story has a block of its own; those that passed stand together behind them. */
function section(task: string, grade: Grade, language: Language): string {
  const visible = grade.checks.filter(({ visibility }) => visibility === 'visible');
  const told = checksText(visible, language);
  const stories = told.filter((text) => text.includes('\n'));
  const lines = told.filter((text) => !text.includes('\n'));
  const whole = grade.adjusted === undefined ? [] : [`✎ ${adjustedText(grade.adjusted)[language]}`];
  const problems = grade.problems.map((problem) => `! ${problem[language]}`);
  return [
    `<h2>${html(task)}: ${html(scoreText(grade)[language])}</h2>`,
    ...[[...whole, ...problems].join('\n'), ...stories, lines.join('\n')]
      .filter((text) => text !== '')
      .map((text) => `<pre>${htmlLines(text)}</pre>`),
  ].join('\n');
}

/** Of the page's file. Most file systems take 255 bytes, and a submission's own name may have as many. */
export function studentFile({ name }: Pick<Student, 'name'>): string {
  const bytes = Buffer.byteLength(name);
  return bytes <= 240 ? `${name}.html` : `${createHash('sha256').update(name).digest('hex')}.html`;
}
