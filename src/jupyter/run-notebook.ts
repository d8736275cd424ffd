/** Runs a notebook from top to bottom without Jupyter, by the same evaluator as the kernel. */
import { dirname, resolve } from 'node:path';
import type { Scope } from '../repl/index.ts';
import { bindHelpers } from './bind-helpers.ts';
import { Cells } from './cells.ts';
import type { ExerciseOutcome } from './exercise.ts';
import { type Notebook, type NotebookCell, OutputList } from './notebook-file.ts';
import type { CellError, CellOutput } from './outputs.ts';
import { Watchdog } from './watchdog.ts';

export interface CellRun {
  /** Counted over all cells of the file, from 1. */
  readonly cell: number;
  readonly id: string;
  readonly source: string;
  readonly seconds: number;
  readonly error: CellError | undefined;
}

export interface NotebookRun {
  readonly notebook: Notebook;
  /** The code cells that were run; behind one that throws, none is, unless the proctor goes on. */
  readonly runs: readonly CellRun[];
  readonly failed: CellRun | undefined;
}

export interface RunNotebookOptions {
  readonly path: string;
  /** A cell that takes longer is ended, whether it waits or never pauses. */
  readonly cellSeconds: number;
  readonly signal?: AbortSignal;
  readonly progress: (cell: number, of: number) => void;
  readonly proctor?: Proctor;
}

/** Who watches a run that is graded. With one, the run goes on behind a cell that throws. */
export interface Proctor {
  readonly before: (cell: NotebookCell, scope: Scope) => void;
  readonly after: (cell: NotebookCell, scope: Scope, error: CellError | undefined) => void;
  readonly outcome: (outcome: ExerciseOutcome) => void;
}

/** How long worlds and connections may take to end. */
const CLOSE_SECONDS = 10;

/** `raises-exception` among a cell's tags says that its error is wanted, as nbclient has it. */
const mayThrow = ({ metadata }: NotebookCell): boolean =>
  Array.isArray(metadata['tags']) && metadata['tags'].includes('raises-exception');

/** Never rejects for what a cell does; relative paths in cells count from the notebook's folder, as in Jupyter. */
export async function runNotebook(notebook: Notebook, options: RunNotebookOptions): Promise<NotebookRun> {
  const cells = new Cells();
  const { proctor } = options;
  bindHelpers(cells, proctor?.outcome);
  const watchdog = new Watchdog();
  const late = (error: unknown): void => cells.late(error);
  process.on('uncaughtException', late);
  process.on('unhandledRejection', late);
  const before = process.cwd();
  process.chdir(dirname(resolve(options.path)));
  const stop = (): void => void cells.interrupt();
  options.signal?.addEventListener('abort', stop);
  const runs: CellRun[] = [];
  let failed: CellRun | undefined;
  let count = 0;
  const lists = new Map<NotebookCell, OutputList>();
  try {
    for (const [at, cell] of notebook.cells.entries()) {
      if (cell.cell_type !== 'code') continue;
      if ((failed && !proctor) || options.signal?.aborted === true) break;
      options.progress(at + 1, notebook.cells.length);
      const list = new OutputList();
      lists.set(cell, list);
      const number = ++count;
      const startMs = performance.now();
      proctor?.before(cell, cells.evaluator.scope);
      const host = { output: (output: CellOutput) => list.add(output, number) };
      const work = () => cells.run(cell.source, `In[${number}]`, host);
      const end = await watchdog.within(options.cellSeconds, work, stop);
      cell.execution_count = number;
      const run: CellRun = {
        cell: at + 1,
        id: cell.id ?? '',
        source: cell.source,
        seconds: (performance.now() - startMs) / 1000,
        error: end.status === 'error' ? end.error : undefined,
      };
      runs.push(run);
      if (run.error && !mayThrow(cell)) failed ??= run;
      proctor?.after(cell, cells.evaluator.scope, mayThrow(cell) ? undefined : run.error);
    }
  } finally {
    await watchdog.within(CLOSE_SECONDS, () => cells.close(), stop);
    await watchdog.close();
    options.signal?.removeEventListener('abort', stop);
    process.chdir(before);
    process.off('uncaughtException', late);
    process.off('unhandledRejection', late);
  }
  const executed = notebook.cells.map((cell) =>
    cell.cell_type === 'code' ? { ...cell, outputs: lists.get(cell)?.outputs ?? [] } : cell,
  );
  return { notebook: { ...notebook, cells: executed }, runs, failed };
}
