/** What the sandbox reported of an exam, and nothing that a cell printed. */
import { z } from 'zod';
import { text, type Text } from '../../check/index.ts';
import { sealOf } from './seal.ts';

const EVENT = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('cell'), id: z.string(), students: z.boolean(), error: z.string().optional() }),
  z.object({
    kind: z.literal('outcome'),
    outcome: z.object({ id: z.string(), status: z.enum(['right', 'wrong', 'open']) }),
  }),
]);

export interface Course {
  readonly statuses: ReadonlyMap<string, 'right' | 'wrong' | 'open'>;
  /** Errors of cells, by id. */
  readonly errors: ReadonlyMap<string, string>;
  /** A cell of the lesson that failed before any of the student's ran. */
  readonly ownFailure: { readonly id: string; readonly error: string } | undefined;
  /** The program ended before it ran anything: our fault or the machine's. */
  readonly broken: string | undefined;
  readonly ended: Text;
}

interface End {
  readonly end: string;
  readonly limit: string | undefined;
  readonly said: string;
}

export function courseOf(printed: string, key: string, { end, limit, said }: End): Course {
  const statuses = new Map<string, 'right' | 'wrong' | 'open'>();
  const errors = new Map<string, string>();
  let [told, students] = [0, false];
  let ownFailure: Course['ownFailure'];
  for (const line of printed.split('\n')) {
    const [seal, rest] = [line.slice(0, 64), line.slice(65)];
    if (seal !== sealOf(key, told, rest)) continue;
    told++;
    const event = EVENT.parse(JSON.parse(rest));
    if (event.kind === 'outcome') {
      statuses.set(event.outcome.id, event.outcome.status);
      continue;
    }
    students ||= event.students;
    if (event.error === undefined) continue;
    errors.set(event.id, event.error);
    if (!students) ownFailure ??= { id: event.id, error: event.error };
  }
  return {
    statuses,
    errors,
    ownFailure,
    broken: told === 0 ? `nothing was run (${end}): ${said.trim().slice(-400)}` : undefined,
    ended: limit === undefined ? text(end, end) : text(`the limit on ${limit}`, `达到 ${limit} 上限`),
  };
}
