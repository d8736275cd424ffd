import { Buffer } from 'node:buffer';
import { hexdump } from '../../bytes/index.ts';
import { annotate } from '../annotate.ts';
import {
  type Bilingual,
  type Description,
  type Example,
  type Field,
  fixedBytes,
  type Packet,
} from '../description.ts';
import { OUTCOMES, STATUS } from '../message.ts';
import { badBytesConduct, packetConduct, requestConduct } from './conduct.ts';
import { cellsOf, diagram } from './diagram.ts';
import { framingWords } from './framing-words.ts';
import { laddersOf } from './ladders.ts';
import { OUTCOME_WORDS, STATUS_WORDS } from './status-words.ts';
import { enumTables, fieldTable, table } from './tables.ts';
import type { Lang } from './words.ts';

/**
 * A description as a page of markdown from which somebody who knows C can write either side: bytes, packets drawn to
 * scale, conduct, worked examples.
 */
export function protocolPage(description: Description, lang: Lang): string {
  const t = (en: string, zh: string): string => (lang === 'en' ? en : zh);
  const of = (text: Bilingual): string => text[lang];
  const bullets = (rules: readonly Bilingual[]): string => rules.map((rule) => `- ${of(rule)}`).join('\n');
  const { header } = description;
  const parts: (string | false)[] = [
    `<!-- ${t(`Made from protocols/${description.name}.yaml by scripts/docs. Do not edit.`, `由 scripts/docs 根据 protocols/${description.name}.yaml 生成，请勿手工修改。`)} -->`,
    `# ${of(description.title)} (${description.name})`,
    of(description.about),
    `## ${t('The stream', '字节流')}`,
    ...framingWords(description, lang),
    header.length > 0 && `## ${t('Header', '首部')}`,
    header.length > 0 && t('Every packet begins with these fields.', '每个分组都以这些字段开始。'),
    header.length > 0 && block(diagram(cellsOf(header))),
    header.length > 0 && fieldTable(header, 0, lang),
    description.enums.size > 0 && `## ${t('Numbers and their names', '数值与名称')}`,
    ...enumTables(description, lang, (name, label) => labelWords(description, name, label, lang)),
    `## ${t('Conduct', '行为规则')}`,
    bullets([...requestConduct(description), ...description.rules]),
    `### ${t('Bytes that are no packet', '不是分组的字节')}`,
    bullets(badBytesConduct(description)),
    `### ${t('Exchanges', '交互过程')}`,
    ...laddersOf(description).map(
      ({ title, steps }) =>
        `${of(title)}\n\n${block(['sequenceDiagram', ...steps.map((step) => `    ${step}`)].join('\n'), 'mermaid')}`,
    ),
    `## ${t('Limits', '限制')}`,
    limitTable(description, lang),
    `## ${t('Packets', '分组')}`,
    summary(description, lang),
    ...description.packets.flatMap((packet) => packetParts(description, packet, lang)),
  ];
  return `${parts.filter((part) => part !== false && part !== '').join('\n\n')}\n`;
}

const block = (text: string, language = 'text'): string => `\`\`\`${language}\n${text}\n\`\`\``;

/** Kinds of enumeration that the kit's vocabulary explains. */
function labelWords(description: Description, name: string, label: string, lang: Lang): string {
  const uses = (meaning: string): boolean =>
    [...description.header, ...description.packets.flatMap((packet) => packet.fields)].some(
      (field) =>
        'enumeration' in field &&
        field.enumeration?.name === name &&
        field.role.is === 'meaning' &&
        field.role.meaning.meaning === meaning,
    );
  const status = STATUS.find((known) => known === label);
  if (status !== undefined && uses('status')) return STATUS_WORDS[status][lang];
  const outcome = OUTCOMES.find((known) => known === label);
  return outcome !== undefined && uses('outcome') ? OUTCOME_WORDS[outcome][lang] : '';
}

const anchor = (type: string): string => type.replaceAll('.', '');

function speakerWords(packet: Packet, lang: Lang): string {
  const en = { client: 'client → server', server: 'server → client' };
  const zh = { client: '客户端 → 服务器', server: '服务器 → 客户端' };
  return packet.speakers.map((speaker) => (lang === 'en' ? en : zh)[speaker]).join(', ');
}

function summary(description: Description, lang: Lang): string {
  const head = lang === 'en' ? ['packet', 'said by', 'told by'] : ['分组', '方向', '识别'];
  const rows = description.packets.map((packet) => [
    `[${packet.type}](#${anchor(packet.type)})`,
    speakerWords(packet, lang),
    conditionWords(description, packet, lang),
  ]);
  return table(head, rows);
}

function conditionWords(description: Description, packet: Packet, lang: Lang): string {
  const fields = [...description.header, ...packet.fields];
  const parts = [...packet.when].map(([name, condition]) => {
    const values = condition.values.map((value) => valueWords(fields, name, value));
    const or = lang === 'en' ? ' or ' : ' 或 ';
    const not = lang === 'en' ? 'not ' : '不为 ';
    return condition.is === 'in' ? `${name} = ${values.join(or)}` : `${name}: ${not}${values.join(or)}`;
  });
  return parts.join(', ');
}

function valueWords(fields: readonly Field[], name: string, value: number | string): string {
  if (typeof value === 'string') return `\`${JSON.stringify(value)}\``;
  const field = fields.find((candidate) => candidate.name === name);
  const label =
    field !== undefined && 'enumeration' in field ? field.enumeration?.nameOf.get(value) : undefined;
  return label === undefined ? String(value) : `${value} (${label})`;
}

/** The longest packet, and what may not be longer in it. */
function limitTable(description: Description, lang: Lang): string {
  const t = (en: string, zh: string): string => (lang === 'en' ? en : zh);
  const { framing, packets } = description;
  const texts = (fields: readonly Field[]): Extract<Field, { kind: 'text' }>[] =>
    fields.flatMap((field) => {
      if (field.kind === 'text') return [field];
      if (field.kind === 'group' || field.kind === 'block') return texts(field.fields);
      return field.kind === 'tlv' ? texts(field.items.map((item) => item.field)) : [];
    });
  const rows = packets.flatMap(({ type, fields }) =>
    texts(fields).map(({ name, maxBytes, extent }) => [
      `${type}: \`${name}\``,
      String(extent.by === 'size' ? Math.min(extent.bytes, maxBytes) : maxBytes),
    ]),
  );
  const whole =
    framing.by === 'size' ? t('every packet, exactly', '每个分组，恰好') : t('a whole packet', '整个分组');
  return table(
    [t('what', '内容'), t('bytes at most', '最多字节数')],
    [[whole, String(framing.maxBytes)], ...rows],
  );
}

function packetParts(description: Description, packet: Packet, lang: Lang): (string | false)[] {
  const t = (en: string, zh: string): string => (lang === 'en' ? en : zh);
  const { header } = description;
  const examples = description.examples.filter((example) => example.type === packet.type);
  const headerBytes = header.reduce<number | undefined>((sum, field) => {
    const bytes = fixedBytes(field);
    return sum === undefined || bytes === undefined ? undefined : sum + bytes;
  }, 0);
  const groups = packet.fields.filter((field) => field.kind === 'group' || field.kind === 'tlv');
  const rules = [...packetConduct(description, packet.type), ...packet.rules];
  return [
    `### ${packet.type}`,
    `*${speakerWords(packet, lang)}*${packet.when.size > 0 ? ` · ${conditionWords(description, packet, lang)}` : ''}`,
    packet.about[lang],
    rules.map((rule) => `- ${rule[lang]}`).join('\n'),
    block(packetDiagram(description, packet.type) ?? ''),
    packet.fields.length > 0
      ? fieldTable(packet.fields, headerBytes, lang)
      : header.length > 0 && t('Nothing stands behind the header.', '首部之后没有内容。'),
    ...groups.flatMap((field) => groupParts(field, lang)),
    ...examples.map((example) => exampleWords(description, packet, example, lang)),
  ];
}

/** A packet as the RFCs draw one, header included; without a type the header alone. Undefined: there is no such packet. */
export function packetDiagram({ header, packets }: Description, type?: string): string | undefined {
  if (type === undefined) return diagram(cellsOf(header));
  const packet = packets.find((one) => one.type === type);
  return packet && diagram(cellsOf([...header, ...packet.fields], fixedValues(header, packet)));
}

/** What header fields hold in this packet. */
function fixedValues(header: readonly Field[], packet: Packet): Map<string, string> {
  const values = new Map<string, string>();
  for (const field of header) {
    const condition = packet.when.get(field.name);
    if (field.role.is === 'constant')
      values.set(
        field.name,
        typeof field.role.value === 'number'
          ? `${field.role.value > 9 ? '0x' : ''}${field.role.value.toString(16)}`
          : field.role.value,
      );
    else if (condition?.is === 'in' && condition.values.length === 1)
      values.set(field.name, String(condition.values[0]));
  }
  return values;
}

function groupParts(field: Extract<Field, { kind: 'group' | 'tlv' }>, lang: Lang): string[] {
  const t = (en: string, zh: string): string => (lang === 'en' ? en : zh);
  if (field.kind === 'group') {
    return [
      t(`One entry of \`${field.name}\`:`, `\`${field.name}\` 的一项：`),
      block(diagram(cellsOf(field.fields))),
      fieldTable(field.fields, 0, lang),
    ];
  }
  const strangers =
    field.strangers === 'skip'
      ? t('Items of other types are skipped.', '其他类型的项被跳过。')
      : t('Items of other types make it no packet.', '出现其他类型的项则不是合法分组。');
  const counts =
    field.plus === 0
      ? t('The length counts the bytes of the value.', '长度只计值的字节数。')
      : t(`The length is the bytes of the value plus ${field.plus}.`, `长度为值的字节数加 ${field.plus}。`);
  const head = lang === 'en' ? ['type', 'field', 'value', 'meaning'] : ['类型', '字段', '值', '含义'];
  const rows = field.items.map(({ tag, field: inner }) => [
    String(tag),
    `\`${inner.name}\``,
    fieldTable([inner], 0, lang).split('\n')[2]?.split(' | ')[3] ?? '',
    inner.about[lang],
  ]);
  const nested = field.items.flatMap(({ field: inner }) =>
    inner.kind === 'group' || inner.kind === 'tlv' ? groupParts(inner, lang) : [],
  );
  return [
    t(`An item of \`${field.name}\`:`, `\`${field.name}\` 的一项：`),
    block(
      diagram([
        { label: 'type', bytes: field.tag.bytes },
        { label: 'length', bytes: field.length.bytes },
        { label: 'value', bytes: undefined },
      ]),
    ),
    `${counts} ${strangers} ${t('Items may come in any order, each once; they are written in this one.', '各项次序任意，每种一次；发送时按下表次序。')}`,
    table(head, rows),
    ...nested,
  ];
}

function exampleWords(description: Description, packet: Packet, example: Example, lang: Lang): string {
  const speaker = packet.speakers[0] ?? 'server';
  const bytes = Buffer.from(example.bytes);
  const { spans } = annotate({ description }, speaker, bytes);
  const about = example.about[lang] === '' ? '' : `: ${example.about[lang]}`;
  const dump = hexdump(bytes, { fields: spans.slice(1) });
  return `${lang === 'en' ? 'Example' : '示例'}${about}\n\n${block(dump)}`;
}
