import type { Bilingual, Field, IntLayout } from '../description.ts';

import type { Language } from '../../bytes/index.ts';

export type Lang = Language;

/** English and Chinese of one sentence. */
export const say = (en: string, zh: string): Bilingual => ({ en, zh });

/** An integer type as C names it, with its order. */
export function intWords({ bytes, signed, little }: IntLayout, lang: Lang): string {
  const name = `${signed ? 'i' : 'u'}${8 * bytes}`;
  if (bytes === 1) return name;
  if (lang === 'zh') return `${name}，${little ? '小端' : '大端'}`;
  return `${name}, ${little ? 'little-endian' : 'big-endian'}`;
}

const quoted = (bytes: Uint8Array): string => `\`${JSON.stringify(new TextDecoder().decode(bytes))}\``;

/** How many bytes a field takes. */
export function sizeWords(field: Field, lang: Lang): string {
  const zh = lang === 'zh';
  switch (field.kind) {
    case 'int':
      return String(field.layout.bytes);
    case 'ip4':
      return '4';
    case 'ip6':
      return '16';
    case 'padding':
      return String(field.bytes);
    case 'group':
    case 'tlv':
      return zh ? '可变' : 'varies';
    case 'decimal':
    case 'text':
    case 'bytes':
    case 'ip':
    case 'block':
      switch (field.extent.by) {
        case 'size':
          return String(field.extent.bytes);
        case 'rest':
          return zh ? '其余' : 'the rest';
        case 'prefix':
          return zh ? `${field.extent.int.bytes} + n` : `${field.extent.int.bytes} + n`;
        case 'until':
          return zh ? `至 ${quoted(field.extent.delimiter)}` : `up to ${quoted(field.extent.delimiter)}`;
      }
  }
}

/** What a field's bytes are. */
export function typeWords(field: Field, lang: Lang): string {
  const zh = lang === 'zh';
  switch (field.kind) {
    case 'int': {
      const turned = field.swapped ? (zh ? '，两字节颠倒' : ', its two bytes turned about') : '';
      return intWords(field.layout, lang) + turned;
    }
    case 'ip4':
      return zh ? 'IPv4 地址' : 'IPv4 address';
    case 'ip6':
      return zh ? 'IPv6 地址' : 'IPv6 address';
    case 'padding':
      return zh ? '填充，写 0，读时忽略' : 'padding: written as zeros, not looked at';
    case 'group':
      return field.repeat.by === 'count'
        ? zh
          ? `${intWords(field.repeat.int, lang)} 的个数，然后是各项`
          : `a count (${intWords(field.repeat.int, lang)}), then so many entries`
        : zh
          ? '各项，直到结尾'
          : 'entries, up to the end';
    case 'tlv':
      return zh
        ? `若干 TLV 项：类型 (${intWords(field.tag, lang)})、长度 (${intWords(field.length, lang)})、值`
        : `items: type (${intWords(field.tag, lang)}), length (${intWords(field.length, lang)}), value`;
    case 'block':
      return (
        (zh ? '一块：' : 'block: ') +
        field.fields.map(({ name }) => name).join(', ') +
        extentWords(field, lang)
      );
    case 'decimal': {
      const turned = field.swapped ? (zh ? '，两字节颠倒' : ', its two bytes turned about') : '';
      return (zh ? '十进制数字（文本）' : 'number in decimal digits') + turned + extentWords(field, lang);
    }
    case 'text': {
      const encoding = { 'utf-8': 'UTF-8', ascii: 'ASCII', 'latin-1': 'Latin-1' }[field.encoding];
      const most = field.extent.by === 'size' ? field.extent.bytes : field.maxBytes;
      const limit = zh ? `，最多 ${most} 字节` : `, at most ${most} bytes`;
      return `${encoding}${zh ? ' 文本' : ' text'}${limit}${extentWords(field, lang)}`;
    }
    case 'bytes':
      return (zh ? '字节' : 'bytes') + extentWords(field, lang);
    case 'ip':
      return (zh ? '地址（文本）' : 'address as text') + extentWords(field, lang);
  }
}

function extentWords(field: Extract<Field, { extent: unknown }>, lang: Lang): string {
  const zh = lang === 'zh';
  const { extent } = field;
  switch (extent.by) {
    case 'rest':
      return '';
    case 'size':
      if (extent.pad === undefined) return '';
      if (extent.pad === 0) return zh ? '，其后补 NUL' : ', filled up with NULs';
      return zh ? '，其后补空格' : ', filled up with spaces';
    case 'prefix':
      return zh
        ? `，前面是字节数 n (${intWords(extent.int, lang)})`
        : `, with n, its bytes, in front (${intWords(extent.int, lang)})`;
    case 'until': {
      const or = extent.orEnd ? (zh ? ' 或分组末尾' : ' or the end of the packet') : '';
      return zh
        ? `，到 ${quoted(extent.delimiter)}${or} 为止`
        : `, ended by ${quoted(extent.delimiter)}${or}`;
    }
  }
}
