/** What is weak about a protocol, as a page shows it: each weakness once, with all the places that have it. */
import type { Language } from '../check/index.ts';
import { findingsByPlace, type findingsOf } from '../wire/index.ts';
import { escapeHtml } from './mime.ts';

type Finding = ReturnType<typeof findingsOf>[number];

/** What stands between backticks is code, as in the lesson around it. */
const withCode = (sentence: string): string => escapeHtml(sentence).replace(/`([^`]+)`/g, '<code>$1</code>');

/** `text` is the same for a terminal; its first line stands over the list. */
export function findingsHtml(findings: readonly Finding[], text: string, language: Language): string {
  const [head = ''] = text.split('\n');
  const [so, seen] = language === 'zh' ? ['后果：', '可见于：'] : ['So: ', 'Seen in: '];
  const items = findingsByPlace(findings).map(({ finding, places }) => {
    const { code, what, consequence, lab } = finding;
    const parts = [what[language], so + consequence[language], seen + lab[language]].map(withCode);
    return `<li><b>${escapeHtml(places.join(', '))}</b> <code>[${escapeHtml(code)}]</code><br>${parts.join('<br>')}</li>`;
  });
  return `<p>${escapeHtml(head)}</p>${items.length === 0 ? '' : `\n<ol>\n${items.join('\n')}\n</ol>`}`;
}
