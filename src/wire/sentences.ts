import { Buffer } from 'node:buffer';
import { safeText, text, type Text } from '../bytes/index.ts';
import { Invalid } from './invalid.ts';
import { type Speaker, SPEAKERS } from './message.ts';

/**
 * What is said about bytes that are no packet: each with the evidence, since the sentence goes to the peer in an error
 * packet and into its author's debugging. `at` counts from the packet's start.
 */

/** Small numbers as people write them, others as a hexdump shows them. */
const shown = (value: number | string): string => {
  if (typeof value === 'string') return quoted(value);
  return value < 10 ? String(value) : `0x${value.toString(16)}`;
};

const LONGEST_QUOTE = 40;

function quoted(value: string): string {
  const cut = value.length > LONGEST_QUOTE ? `${value.slice(0, LONGEST_QUOTE)}…` : value;
  return `"${safeText(cut)}"`;
}

export const constantDiffers = (
  at: number,
  name: string,
  actual: number | string,
  wanted: number | string,
): Invalid =>
  new Invalid(
    'constant',
    at,
    text(
      `${name} is ${shown(actual)}, not ${shown(wanted)}`,
      `${name} 是 ${shown(actual)}，应为 ${shown(wanted)}`,
    ),
  );

export const lengthTooSmall = (at: number, name: string, length: number, header: number): Invalid =>
  new Invalid(
    'length',
    at,
    text(
      `${name} makes it a packet of ${length} bytes; the header alone has ${header}`,
      `按 ${name}，分组长 ${length} 字节；单是首部就有 ${header} 字节`,
    ),
  );

export const lengthTooLarge = (at: number, name: string, length: number, max: number): Invalid =>
  new Invalid(
    'length',
    at,
    text(
      `${name} makes it a packet of ${length} bytes; at most ${max} are allowed`,
      `按 ${name}，分组长 ${length} 字节；最多允许 ${max} 字节`,
    ),
  );

export const noEnd = (max: number): Invalid =>
  new Invalid(
    'length',
    max,
    text(
      `no end of packet in ${max} bytes, and none may be longer`,
      `${max} 字节内没有出现分组的结束符，而分组不得超过这个长度`,
    ),
  );

export const beyondNumbers = (reason: 'length' | 'value', at: number, name: string): Invalid =>
  new Invalid(reason, at, text(`${name} is beyond 2^53`, `${name} 超过 2^53`));

/** `selectors` are the names and values that tell packets apart. */
export function unknownPacket(
  at: number,
  speaker: Speaker,
  selectors: readonly (string | number)[],
): Invalid {
  const parts: string[] = [];
  for (let i = 0; i < selectors.length; i += 2) {
    const value = selectors[i + 1] ?? '';
    parts.push(`${String(selectors[i])} ${typeof value === 'string' ? quoted(value) : value}`);
  }
  const like =
    parts.length === 0
      ? text('looks like this', '是这样的')
      : text(`has ${parts.join(', ')}`, `有 ${parts.join('、')}`);
  return new Invalid(
    'unknown-packet',
    at,
    text(`no packet of a ${speaker} ${like.en}`, `${SPEAKERS[speaker].zh}的分组中没有一种${like.zh}`),
  );
}

/** The packet ends `left` bytes behind the start of `fields`: names and sizes, in turn. */
export function endsInside(at: number, left: number, fields: readonly (string | number)[]): Invalid {
  let rest = left;
  let index = 0;
  while (index + 2 < fields.length && rest >= Number(fields[index + 1])) {
    rest -= Number(fields[index + 1]);
    index += 2;
  }
  return new Invalid(
    'short',
    at,
    text(`ends inside ${String(fields[index])}`, `分组在字段 ${String(fields[index])} 中间就结束了`),
  );
}

export const claimsMore = (at: number, name: string, claimed: number, left: number): Invalid =>
  new Invalid(
    'short',
    at,
    text(
      `${name} claims ${claimed} bytes, and ${left} are left`,
      `${name} 声明有 ${claimed} 字节，而只剩下 ${left} 字节`,
    ),
  );

export const noMark = (at: number, name: string, mark: Uint8Array): Invalid =>
  new Invalid('short', at, notFollowed(name, quoted(Buffer.from(mark).toString('latin1'))));

const notFollowed = (name: string, mark: string): Text =>
  text(`${name} is not followed by ${mark}`, `${name} 之后没有结束符 ${mark}`);

export const bytesLeft = (at: number, count: number, name: string): Invalid =>
  new Invalid(
    'long',
    at,
    text(
      `${count} ${count === 1 ? 'byte is' : 'bytes are'} left behind ${name}`,
      `${name} 之后还多出 ${count} 字节`,
    ),
  );

export const tooLong = (at: number, name: string, bytes: number, max: number): Invalid =>
  new Invalid(
    'value',
    at,
    text(
      `${name} has ${bytes} bytes; at most ${max} are allowed`,
      `${name} 有 ${bytes} 字节；最多允许 ${max} 字节`,
    ),
  );

/** `kind` is what the bytes were taken for: UTF-8, an address. */
export function notA(at: number, name: string, kind: string, bytes: Uint8Array): Invalid {
  const seen = quoted(Buffer.from(bytes).toString('latin1'));
  return new Invalid(
    'value',
    at,
    text(`${name} is not ${kind}: ${seen}`, `${name} 不是${KINDS[kind] ?? ` ${kind}`}：${seen}`),
  );
}

/** What `notA` is told, in Chinese; names of encodings are the same. */
const KINDS: Readonly<Record<string, string>> = { 'an address': '地址', 'a decimal number': '十进制数' };

export function notNamed(at: number, name: string, value: number | string): Invalid {
  const seen = typeof value === 'string' ? quoted(value) : value;
  return new Invalid(
    'value',
    at,
    text(`${name} is ${seen}, which has no name`, `${name} 是 ${seen}，描述中这个值没有名字`),
  );
}

export const noDate = (at: number, name: string): Invalid =>
  new Invalid('value', at, text(`${name} is beyond any date`, `${name} 超出日期所能表示的范围`));

export const itemTwice = (at: number, name: string): Invalid =>
  new Invalid('value', at, text(`there is a second ${name}`, `${name} 出现了两次`));

export const itemMissing = (at: number, name: string): Invalid =>
  new Invalid('short', at, text(`${name} is missing`, `缺少 ${name}`));

export const strangeItem = (at: number, name: string, tag: number): Invalid =>
  new Invalid(
    'value',
    at,
    text(
      `${name} has an item of type ${tag}, which is not known`,
      `${name} 中有类型为 ${tag} 的项，描述中没有这个类型`,
    ),
  );
