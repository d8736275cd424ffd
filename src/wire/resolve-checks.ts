import { text } from '../bytes/index.ts';
import { type Packet, takesRest } from './description.ts';
import { overlaps } from './overlap.ts';
import { SPEAKERS } from './message.ts';
import type { Context } from './resolve-context.ts';

/** What is wrong among packets that are each right by themselves. */
export function checkTogether(context: Context, packets: readonly Packet[]): void {
  checkOverlaps(context, packets);
  checkAnswers(context, packets);
  checkFixedSize(context, packets);
}

/** What a packet of fixed size does not use is zeros, which must not be taken for a value. */
function checkFixedSize({ raw, report }: Context, packets: readonly Packet[]): void {
  if (raw.framing.by !== 'size') return;
  for (const { type, fields, opening } of packets) {
    const last = fields.at(-1);
    if (last === undefined || !takesRest(last) || opening?.ends === 'next-packet') continue;
    report(
      ['packets', type, 'fields', fields.length - 1],
      text(
        `${last.name} takes the rest, and what is not used of a packet of fixed size is zeros: give a size and pad`,
        `${last.name} 占用其余全部字节，而定长分组中没有用到的部分是 0，会被当作它的值：请给出 size 和 pad`,
      ),
    );
  }
}

/** Requests that have no other use than their answer, and answers to nothing. A send may go unanswered. */
function checkAnswers({ report }: Context, packets: readonly Packet[]): void {
  const types = new Set<string>(packets.map(({ type }) => type));
  for (const type of types) {
    const [operation = '', kind] = type.split('.');
    if (operation === 'error') continue;
    const asked = operation === 'deliver' ? 'deliver.indication' : `${operation}.request`;
    if (kind === 'response' && !types.has(asked))
      report(['packets', type], text(`${type} answers no packet`, `${type} 没有对应的请求`));
    if (kind === 'request' && operation !== 'send' && !types.has(`${operation}.response`))
      report(
        ['packets', type],
        text(`${type} has no ${operation}.response`, `${type} 没有对应的 ${operation}.response`),
      );
  }
}

function checkOverlaps({ report }: Context, packets: readonly Packet[]): void {
  packets.forEach((packet, index) => {
    for (const earlier of packets.slice(0, index)) {
      const shared = packet.speakers.filter((speaker) => earlier.speakers.includes(speaker));
      if (shared.length > 0 && overlaps(packet, earlier)) {
        report(
          ['packets', packet.type],
          text(
            `cannot be told from ${earlier.type}: some packet of the ${shared.join(' and ')} fits both. Both need a field at the same place, with different values in when`,
            `无法与 ${earlier.type} 区分：${shared.map((speaker) => SPEAKERS[speaker].zh).join('和')}的某个分组同时符合两者。两者需要在同一位置有同一个字段，并在 when 中给出不同的值`,
          ),
        );
      }
    }
  });
}
