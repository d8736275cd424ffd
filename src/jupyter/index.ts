export { notebookFrom } from './author.ts';
export { type NotebookResults, resultsOf } from './exercise-results.ts';
export type { ExerciseOutcome } from './exercise.ts';
export { type Helper, HELPERS } from './helper-table.ts';
export { junitXml } from './junit.ts';
export { installKernel, KERNEL_NAME, type KernelCommand, type Place } from './kernelspec.ts';
export { type KernelOptions, runKernel } from './kernel.ts';
export { type Notebook, notebookText, readNotebook } from './notebook-file.ts';
export { type CellRun, type NotebookRun, runNotebook } from './run-notebook.ts';
