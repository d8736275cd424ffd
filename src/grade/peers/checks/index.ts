import { ASKING } from './asking.ts';
import { HOSTILE } from './hostile.ts';
import { LEAVING } from './leaving.ts';
import { LIFE } from './life.ts';
import { LISTING } from './listing.ts';
import { SENDING } from './sending.ts';
import { STREAM } from './stream.ts';
import type { ServerCheck } from './check.ts';

export type { ServerCheck } from './check.ts';

/** All checks, each behind those that it depends on. */
export const SERVER_CHECKS: readonly ServerCheck[] = inOrder([
  ...LIFE,
  ...ASKING,
  ...LISTING,
  ...SENDING,
  ...STREAM,
  ...LEAVING,
  ...HOSTILE,
]);

function inOrder(checks: readonly ServerCheck[]): ServerCheck[] {
  const ordered: ServerCheck[] = [];
  const place = (check: ServerCheck): void => {
    if (ordered.includes(check)) return;
    for (const id of check.dependsOn) {
      const before = checks.find((one) => one.id === id);
      if (before === undefined) throw new Error(`${check.id} depends on ${id}, which is no check`);
      place(before);
    }
    ordered.push(check);
  };
  checks.forEach(place);
  return ordered;
}

/** The check and all that it depends on, however far. */
export function foundations(id: string): Set<string> {
  const found = new Set([id]);
  for (const one of found) {
    for (const below of SERVER_CHECKS.find((check) => check.id === one)?.dependsOn ?? []) found.add(below);
  }
  return found;
}
