/** Watches the run of an exam: says what became of each cell, and keeps the lesson's evidence the lesson's. */
import type { ExerciseOutcome } from './exercise.ts';
import { isStudents } from './lesson.ts';
import type { NotebookCell } from './notebook-file.ts';
import type { Proctor } from './run-notebook.ts';
import type { Scope } from '../repl/index.ts';

export type ExamEvent =
  | { readonly kind: 'cell'; readonly id: string; readonly students: boolean; readonly error?: string }
  | { readonly kind: 'outcome'; readonly outcome: ExerciseOutcome };

export function proctorOf(tell: (event: ExamEvent) => void): Proctor {
  const lesson = new Map<string, unknown>();
  let before: Scope = {};
  let own: unknown;
  let checking: string | undefined;
  return {
    before: (cell, scope) => {
      own ??= scope['exercise'];
      checking = undefined;
      if (isCheck(cell)) {
        // What a check asks about is what the lesson made, even where an answer gave the name another value.
        scope['exercise'] = own;
        for (const [name, value] of lesson) if (mentions(cell.source, name)) scope[name] = value;
        checking = cell.id?.replace(/^check-/, '');
      }
      before = { ...scope };
    },
    after: (cell, scope, error) => {
      const students = isStudents(cell);
      if (!students) {
        for (const [name, value] of Object.entries(scope))
          if (before[name] !== value) lesson.set(name, value);
      }
      const said = error === undefined ? {} : { error: `${error.name}: ${error.value}`.slice(0, 500) };
      tell({ kind: 'cell', id: cell.id ?? '', students, ...said });
    },
    // An answer may call `exercise` as often as it likes; what counts is the check.
    outcome: (outcome) => {
      if (outcome.id === checking) tell({ kind: 'outcome', outcome });
    },
  };
}

const isCheck = ({ metadata }: NotebookCell): boolean =>
  (metadata['nbgrader'] as { grade?: unknown } | undefined)?.grade === true;

const mentions = (source: string, name: string): boolean =>
  new RegExp(`\\b${name.replace(/\W/g, '\\$&')}\\b`).test(source);
