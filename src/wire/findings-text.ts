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

/** Each weakness once, with all the places that have it: four header fields of one order are one thing to read. */
export function findingsByPlace(findings: readonly Finding[]): { finding: Finding; places: string[] }[] {
  const groups = new Map<string, { finding: Finding; places: string[] }>();
  for (const finding of findings) {
    const key = JSON.stringify([finding.code, finding.what, finding.consequence, finding.lab]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { finding, places: [finding.where] });
    else group.places.push(finding.where);
  }
  return [...groups.values()];
}

/** Findings for reading, one paragraph each. */
export function findingsText(name: string, findings: readonly Finding[], lang: Lang): string {
  const zh = lang === 'zh';
  if (findings.length === 0) return zh ? `${name}：未发现弱点。\n` : `${name}: no weakness found.\n`;
  const groups = findingsByPlace(findings);
  const count = groups.length === 1 ? 'one weakness' : `${groups.length} weaknesses`;
  const head = zh ? `${name}：${groups.length} 个弱点。` : `${name}: ${count}.`;
  const parts = groups.map(({ finding, places }, index) => {
    const { code, what, consequence, lab } = inLanguage(finding, lang);
    const [then, seen] = zh ? ['后果', '可见于'] : ['so', 'seen in'];
    return `${index + 1}. ${places.join(', ')} [${code}]\n   ${what}\n   ${then}: ${consequence}\n   ${seen}: ${lab}`;
  });
  return `${head}\n\n${parts.join('\n\n')}\n`;
}
