import type { Description } from '../description.ts';
import type { Lang } from './words.ts';

/** How packets follow each other in the stream, and how a receiver finds them. */
export function framingWords(description: Description, lang: Lang): string[] {
  const t = (en: string, zh: string): string => (lang === 'en' ? en : zh);
  const { framing, port } = description;
  const parts = [
    t(
      `Client and server talk over one TCP connection${port === undefined ? '' : `; the customary port is ${port}`}. Each direction is a sequence of packets, one behind the other, with nothing in between.`,
      `客户端与服务器通过一个 TCP 连接通信${port === undefined ? '' : `，惯用端口为 ${port}`}。每个方向都是一个接一个的分组，中间没有任何间隔。`,
    ),
    t(
      'TCP keeps no boundaries: one `recv` may bring a part of a packet, or several and a part. A receiver collects bytes until a packet is whole, handles it, and keeps the rest for the next:',
      'TCP 不保留边界：一次 `recv` 可能得到分组的一部分，也可能得到几个分组再加一部分。接收方收集字节，直到一个分组完整，处理它，并把剩下的字节留给下一个：',
    ),
  ];
  switch (framing.by) {
    case 'length': {
      const total =
        framing.offset === 0
          ? `\`${framing.field}\``
          : `\`${framing.field}\` ${framing.offset > 0 ? '+' : '−'} ${Math.abs(framing.offset)}`;
      parts.push(
        t(
          [
            `1. Wait for the ${framing.headerBytes} bytes of the header.`,
            `2. The whole packet, header included, has ${total} bytes. Is that less than ${framing.headerBytes} or more than ${framing.maxBytes}, it is no packet: refuse it now, before you wait for the rest or make room for it.`,
            '3. Wait until so many bytes are there, and handle them.',
          ].join('\n'),
          [
            `1. 等待首部的 ${framing.headerBytes} 个字节。`,
            `2. 整个分组（含首部）有 ${total} 个字节。若小于 ${framing.headerBytes} 或大于 ${framing.maxBytes}，就不是合法分组：立即拒绝，不要等待其余部分或为之分配内存。`,
            '3. 等到这么多字节到齐，再处理。',
          ].join('\n'),
        ),
      );
      break;
    }
    case 'size':
      parts.push(
        t(
          `1. Every packet has exactly ${framing.bytes} bytes. Wait for so many, and handle them.\n2. Bytes behind the last field of a packet are zeros and are not looked at.`,
          `1. 每个分组恰好 ${framing.bytes} 个字节。等到这么多字节到齐，再处理。\n2. 分组最后一个字段之后的字节为 0，读时忽略。`,
        ),
      );
      break;
    case 'terminator': {
      const mark = `\`${JSON.stringify(new TextDecoder().decode(framing.terminator))}\``;
      parts.push(
        t(
          `1. A packet goes on until ${mark}, which is not part of its fields, and which no field may contain.\n2. With it a packet has at most ${framing.maxBytes} bytes. Have so many come without it, they are no packet.`,
          `1. 分组到 ${mark} 为止；它不属于任何字段，任何字段也不得包含它。\n2. 连同它在内，一个分组最多 ${framing.maxBytes} 个字节。超过而仍未出现，就不是合法分组。`,
        ),
      );
      break;
    }
  }
  parts.push(
    t(
      'Text is sent without a NUL at its end unless its field says otherwise. Lengths are in bytes, not in characters.',
      '除非字段另有说明，文本末尾不带 NUL。长度以字节计，不以字符计。',
    ),
  );
  return parts;
}
