/** What a student's executed notebook says of its exercises, for graders. */
import { z } from 'zod';
import { EXERCISES } from './exercise-table.ts';
import { EXERCISE_MIME, type ExerciseOutcome } from './exercise.ts';
import type { Notebook } from './notebook-file.ts';

const OUTCOME = z.object({
  id: z.string(),
  status: z.enum(['right', 'wrong', 'open']),
  points: z.number(),
  max: z.number(),
});

export interface NotebookResults {
  /** One for each exercise that the notebook calls, in its order. */
  readonly outcomes: readonly ExerciseOutcome[];
  /** Cells that have an error among their outputs, counted from 1. */
  readonly failedCells: readonly number[];
  /** Calls of `exercise` without an outcome: the cell was never run, or failed. */
  readonly missing: readonly string[];
}

/**
 * Reads results from outputs. An output can be edited by hand: a grader who must be sure runs the notebook again
 * (`chat-lab notebook run`) and reads that copy. Points come from the kit's own table, never from the file.
 */
export function resultsOf(notebook: Notebook): NotebookResults {
  const outcomes = new Map<string, ExerciseOutcome>();
  const called: string[] = [];
  const failedCells: number[] = [];
  for (const [at, cell] of notebook.cells.entries()) {
    if (cell.cell_type !== 'code') continue;
    for (const call of cell.source.matchAll(/\bexercise\(\s*'([\w-]+)'/g)) called.push(call[1] ?? '');
    for (const output of cell.outputs ?? []) {
      if (output.output_type === 'error') failedCells.push(at + 1);
      const data = output['data'];
      if (typeof data !== 'object' || data === null) continue;
      const parsed = OUTCOME.safeParse((data as Record<string, unknown>)[EXERCISE_MIME]);
      const known = parsed.success ? EXERCISES.find(({ id }) => id === parsed.data.id) : undefined;
      if (!parsed.success || !known) continue;
      const { id, status } = parsed.data;
      outcomes.set(id, { id, status, points: status === 'right' ? known.points : 0, max: known.points });
    }
  }
  const wanted = [...new Set(called)];
  return {
    outcomes: wanted.flatMap((id) => outcomes.get(id) ?? []),
    failedCells,
    missing: wanted.filter((id) => !outcomes.has(id)),
  };
}
