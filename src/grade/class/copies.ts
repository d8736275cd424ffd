import type { Fingerprint } from './fingerprints.ts';

/** Two submissions whose captures share what chance does not make equal. A signal to look at, and no verdict. */
export interface CopySignal {
  readonly task: string;
  readonly names: readonly [string, string];
  readonly shared: readonly {
    readonly kind: Fingerprint['kind'];
    readonly count: number;
    readonly where: string;
  }[];
}

export interface Printed {
  readonly name: string;
  readonly task: string;
  readonly prints: readonly Fingerprint[];
}

export function copySignals(all: readonly Printed[]): CopySignal[] {
  const owners = new Map<string, { readonly owner: Printed; readonly print: Fingerprint }[]>();
  for (const owner of all) {
    for (const print of owner.prints) {
      const key = `${owner.task} ${print.kind} ${print.value}`;
      owners.set(key, [...(owners.get(key) ?? []), { owner, print }]);
    }
  }
  const pairs = new Map<string, { task: string; names: [string, string]; prints: Fingerprint[] }>();
  for (const found of owners.values()) {
    const names = [...new Set(found.map(({ owner }) => owner.name))].sort();
    for (const [index, one] of names.entries()) {
      for (const other of names.slice(index + 1)) {
        const first = found.find(({ owner }) => owner.name === one);
        if (first === undefined) continue;
        const key = `${first.owner.task} ${one} ${other}`;
        const pair = pairs.get(key) ?? { task: first.owner.task, names: [one, other], prints: [] };
        pair.prints.push(first.print);
        pairs.set(key, pair);
      }
    }
  }
  return [...pairs.values()].map(({ task, names, prints }) => ({
    task,
    names,
    shared: (['isn', 'time', 'stamp', 'bytes'] as const).flatMap((kind) => {
      const of = prints.filter((print) => print.kind === kind);
      return of.length === 0 ? [] : [{ kind, count: of.length, where: of[0]?.where ?? '' }];
    }),
  }));
}
