import { Buffer } from 'node:buffer';
import { text } from '../bytes/index.ts';
import type { Example } from './description.ts';
import { isMessageType } from './message.ts';
import { bilingual, type Context } from './resolve-context.ts';
import type { Path } from './source.ts';

export function examplesOf({ raw, report }: Context): Example[] {
  return (raw.examples ?? []).flatMap((example, index) => {
    const path: Path = ['examples', index];
    if (!isMessageType(example.packet) || !(example.packet in raw.packets)) {
      report([...path, 'packet'], text(`there is no packet ${example.packet}`, `没有分组 ${example.packet}`));
      return [];
    }
    const bytes = exampleBytes(example.bytes);
    if (bytes === undefined)
      report(
        [...path, 'bytes'],
        text(
          'bytes are pairs of hexadecimal digits; 00*7 means seven times 00',
          'bytes 由成对的十六进制数字组成；00*7 表示七个 00',
        ),
      );
    return [
      {
        type: example.packet,
        about: bilingual(example.about),
        values: example.values,
        bytes: bytes ?? Buffer.alloc(0),
      },
    ];
  });
}

/** `43 4c 00*7`, or undefined for what is not of that kind. */
function exampleBytes(text: string): Buffer | undefined {
  const parts = text
    .split(/\s+/)
    .filter((part) => part !== '')
    .map((part) => {
      const [, hex, times = '1'] = /^((?:[0-9a-fA-F]{2})+)(?:\*([1-9][0-9]{0,4}))?$/.exec(part) ?? [];
      return hex === undefined
        ? undefined
        : Buffer.from(hex.repeat(hex.length === 2 ? Number(times) : 1), 'hex');
    });
  return parts.includes(undefined) ? undefined : Buffer.concat(parts.filter((part) => part !== undefined));
}
