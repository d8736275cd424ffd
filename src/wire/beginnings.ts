import { Buffer } from 'node:buffer';
import { text } from '../bytes/index.ts';
import type { Field, Packet } from './description.ts';
import { integerBytes } from './known-bytes.ts';
import type { Context } from './resolve-context.ts';

/** The bytes with which a server's packets can begin end an opening that has no end of its own. */
export function withBeginnings(
  { report }: Context,
  packets: readonly Packet[],
  header: readonly Field[],
): Packet[] {
  return packets.map((packet) => {
    if (packet.opening?.ends !== 'next-packet') return packet;
    const begins = beginnings(header, packets);
    if (begins.length === 0) {
      report(
        ['packets', packet.type, 'opening'],
        text(
          'the header begins with nothing that is known of every packet, so nobody can see where the opening ends',
          '首部开头没有对每个分组都已知的内容，因此无法看出问候语（opening）在哪里结束',
        ),
      );
    }
    return { ...packet, opening: { ...packet.opening, begins } };
  });
}

const MOST_BEGINNINGS = 64;

/** Every way in which a packet of the server can begin, as far as its header's first fields are known numbers. */
function beginnings(header: readonly Field[], packets: readonly Packet[]): Uint8Array[] {
  const said = packets.filter(
    ({ speakers, opening }) => speakers.includes('server') && opening === undefined,
  );
  let begins: Uint8Array[] = [new Uint8Array(0)];
  for (const field of header) {
    if (field.kind !== 'int') break;
    const values = new Set<number>();
    for (const packet of said) {
      const condition = packet.when.get(field.name);
      if (field.role.is === 'constant') values.add(Number(field.role.value));
      else if (condition?.is === 'in') for (const value of condition.values) values.add(Number(value));
      else return begins.filter(({ length }) => length > 0);
    }
    // A name where a number belongs is reported elsewhere, and no number.
    if (![...values].every(Number.isSafeInteger)) break;
    if (values.size === 0 || begins.length * values.size > MOST_BEGINNINGS) break;
    begins = begins.flatMap((begin) =>
      [...values].map((value) => Buffer.concat([begin, integerBytes(value, field.layout)])),
    );
  }
  return begins.filter(({ length }) => length > 0);
}
