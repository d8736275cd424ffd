/** What is weak about a protocol, as a page shows it: each weakness once, with all the places that have it. */
import type { Language } from '../check/index.ts';
import type { findingsOf } from '../wire/index.ts';
import { escapeHtml } from './mime.ts';

type Finding = ReturnType<typeof findingsOf>[number];

/** `text` is the same for a terminal; its first line stands over the list. */
export function findingsHtml(findings: readonly Finding[], text: string, language: Language): string {
  const [head = ''] = text.split('\n');
  const [so, seen] = language === 'zh' ? ['后果：', '可见于：'] : ['So: ', 'Seen in: '];
  const places = new Map<string, string[]>();
  for (const { code, where, what, consequence, lab } of findings) {
    const parts = [what[language], so + consequence[language], seen + lab[language]];
    const said = `<code>[${escapeHtml(code)}]</code><br>${parts.map(escapeHtml).join('<br>')}`;
    places.set(said, [...(places.get(said) ?? []), escapeHtml(where)]);
  }
  const items = [...places].map(([said, where]) => `<li><b>${where.join(', ')}</b> ${said}</li>`);
  return `<p>${escapeHtml(head)}</p>${items.length === 0 ? '' : `\n<ol>\n${items.join('\n')}\n</ol>`}`;
}
