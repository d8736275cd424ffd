import type { Statement } from './conclude.ts';
import { labelled, text } from './text.ts';
import { ranges } from './verdict.ts';

/** A statement about one of many clients. */
export type OfClient = Statement & { readonly number: number };

/** Clients of whom the same is to be said, in one statement: `client 1–6: …`. */
export function ofClients(told: readonly OfClient[]): Statement[] {
  const groups = new Map<string, OfClient[]>();
  for (const one of told) {
    const key = JSON.stringify([one.verdict, one.seen]);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const numbers = ranges(group.map(({ number }) => number));
    const who =
      group.length > 1 && group.length === told.length
        ? text(`each of ${group.length} clients`, `${group.length} 个客户端均为`)
        : text(`client ${numbers}`, `客户端 ${numbers}`);
    return [
      {
        verdict: first.verdict,
        seen: labelled(who, first.seen),
        where: group.flatMap(({ where }) => where ?? []),
      },
    ];
  });
}
