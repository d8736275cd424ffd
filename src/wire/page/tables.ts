import { type Bilingual, type Description, type Field, fixedBytes } from '../description.ts';
import { type Lang, sizeWords, typeWords } from './words.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Fields with their places from `start` on, as far as these are fixed. */
export function fieldTable(fields: readonly Field[], start: number | undefined, lang: Lang): string {
  const zh = lang === 'zh';
  const head = zh
    ? ['位置', '字节', '字段', '类型', '含义']
    : ['offset', 'bytes', 'field', 'type', 'meaning'];
  let at = start;
  const rows = fields.map((field) => {
    const row = [
      at === undefined ? (zh ? '其后' : 'next') : String(at),
      sizeWords(field, lang),
      field.kind === 'padding' ? (zh ? '填充' : 'padding') : `\`${field.name}\``,
      typeWords(field, lang),
      meaning(field, lang),
    ];
    const bytes = fixedBytes(field);
    at = at === undefined || bytes === undefined ? undefined : at + bytes;
    return row;
  });
  return table(head, rows);
}

const UNITS: Record<'s' | 'ms' | 'us', Bilingual> = {
  s: { en: 'seconds', zh: '秒' },
  ms: { en: 'milliseconds', zh: '毫秒' },
  us: { en: 'microseconds', zh: '微秒' },
};

function meaning(field: Field, lang: Lang): string {
  const zh = lang === 'zh';
  const parts = [field.about[lang]];
  const { role } = field;
  if (role.is === 'constant') {
    const value = typeof role.value === 'number' ? hex(role.value) : JSON.stringify(role.value);
    parts.push(zh ? `恒为 ${value}。` : `Always ${value}.`);
  }
  const unit = 'unit' in field ? field.unit : undefined;
  if (unit !== undefined) parts.push(zh ? `单位：${UNITS[unit].zh}。` : `In ${UNITS[unit].en}.`);
  const enumeration = 'enumeration' in field ? field.enumeration : undefined;
  if (enumeration !== undefined)
    parts.push(zh ? `取值见 ${enumeration.name} 表。` : `Values: table *${enumeration.name}*.`);
  if (role.is === 'extra' && field.kind !== 'padding')
    parts.push(zh ? '写 0（或空），读时忽略。' : 'Written as zero or empty, not looked at.');
  return parts.filter((part) => part !== '').join(' ');
}

export const hex = (value: number): string => (value < 10 ? String(value) : `0x${value.toString(16)}`);

export function enumTables(
  description: Description,
  lang: Lang,
  words: (name: string, label: string) => string,
): string[] {
  return [...description.enums.values()].map(({ name, valueOf }) => {
    const rows = [...valueOf].map(([label, value]) => [String(value), `\`${label}\``, words(name, label)]);
    const told = rows.some((row) => row[2] !== '');
    const head = lang === 'zh' ? ['值', '名称', '含义'] : ['value', 'name', 'meaning'];
    const kept = told ? rows : rows.map((row) => row.slice(0, 2));
    return `**${name}**\n\n${table(told ? head : head.slice(0, 2), kept)}`;
  });
}
