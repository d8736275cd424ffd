/** How answers are tested: functions on the student's own evidence, and captures in which something must hold. */
import { KitError, same, text } from '../bytes/index.ts';
import type { Text } from '../check/index.ts';
import type { Segment } from '../tcp/index.ts';
import { CaptureView } from './capture-view.ts';
import { TraceView } from './trace-view.ts';

export interface Exercise {
  /** `01-a`: the notebook's number and a letter. */
  readonly id: string;
  readonly points: number;
  /**
   * Is it right? `evidence` is whatever the cell hands over. Throws KitError `answer-failed` when the answer is a function
   * and itself threw.
   */
  readonly test: (answer: unknown, evidence: unknown) => boolean;
  readonly hint: Text;
}

export const viewOf = (value: unknown): TraceView | undefined =>
  value instanceof CaptureView ? value.view : value instanceof TraceView ? value : undefined;

export const segmentsOf = (view: TraceView): Segment[] =>
  view.connections.flatMap(({ segments }) => segments);

/** Calls a function of the student's. What it throws is told, and costs the answer. */
export function called(answer: unknown, ...args: readonly unknown[]): unknown {
  if (typeof answer !== 'function') return undefined;
  let given: unknown;
  try {
    given = (answer as (...given: readonly unknown[]) => unknown)(...args);
  } catch (cause) {
    const said = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new KitError('answer-failed', same(said.slice(0, 200)), { fault: 'usage', cause });
  }
  if (!(given instanceof Promise)) return given;
  // It may fail later; nobody waits for it.
  given.catch(() => undefined);
  throw new KitError('answer-failed', same('async → Promise'), { fault: 'usage' });
}

/**
 * The answer is a function that gives for each piece of evidence what `find` gives. The pieces are chosen so that their
 * right answers differ, so a number that is right for one of them passes for none.
 */
export const computes =
  <T>(as: (value: unknown) => T | undefined, find: (piece: T) => unknown): Exercise['test'] =>
  (answer, evidence) => {
    if (!Array.isArray(evidence)) return false;
    const pieces = evidence.map(as).filter((piece) => piece !== undefined);
    const wanted = pieces.map(find);
    if (pieces.length < evidence.length || new Set(wanted).size < 2) {
      throw new KitError(
        'same-evidence',
        text('all captures of this check have the same answer', '本题所有的抓包给出同一个答案'),
        {
          fault: 'peer',
          hint: text('Run the notebook again from its first cell.', '请从第一个单元格起重新运行笔记本。'),
        },
      );
    }
    return (
      typeof answer === 'function' && evidence.every((piece, at) => called(answer, piece) === wanted[at])
    );
  };

/** The answer is a capture in which something holds. */
export const produced =
  (holds: (view: TraceView, capture: CaptureView) => boolean): Exercise['test'] =>
  (answer) =>
    answer instanceof CaptureView && holds(answer.view, answer);
