import type { Finding } from './findings.ts';
import type { Lang } from './page/words.ts';

/** A finding in one language. */
export const inLanguage = (
  { code, where, what, consequence, lab }: Finding,
  lang: Lang,
): Record<string, string> => ({
  code,
  where,
  what: what[lang],
  consequence: consequence[lang],
  lab: lab[lang],
});

/** Findings for reading, one paragraph each. */
export function findingsText(name: string, findings: readonly Finding[], lang: Lang): string {
  const zh = lang === 'zh';
  if (findings.length === 0) return zh ? `${name}：未发现弱点。\n` : `${name}: no weakness found.\n`;
  const head = zh ? `${name}：${findings.length} 个弱点。` : `${name}: ${findings.length} weaknesses.`;
  const parts = findings.map((finding, index) => {
    const { code, where, what, consequence, lab } = inLanguage(finding, lang);
    const [then, seen] = zh ? ['后果', '可见于'] : ['so', 'seen in'];
    return `${index + 1}. ${where} [${code}]\n   ${what}\n   ${then}: ${consequence}\n   ${seen}: ${lab}`;
  });
  return `${head}\n\n${parts.join('\n\n')}\n`;
}
