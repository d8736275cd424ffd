import { inLanguage, KitError, type Language } from '../bytes/index.ts';
import { makePaint, problemText } from '../repl/index.ts';
import type { CellError } from './outputs.ts';

const PAINT = makePaint(false);

/** An error as a notebook shows it: a name, a sentence, and lines with the place in the cell and the next step. */
export function errorOf(error: unknown, file: string | undefined, language: Language): CellError {
  const place = file === undefined ? undefined : { file, numbered: true };
  const traceback = problemText(error, place, PAINT, language).split('\n');
  if (error instanceof KitError) {
    const name =
      error.code === 'interrupted' ? 'Interrupted' : error.code === 'syntax' ? 'SyntaxError' : error.code;
    return { name, value: inLanguage(error.words.message, language), traceback };
  }
  if (error instanceof Error) return { name: error.name, value: error.message, traceback };
  return { name: 'thrown', value: traceback[0] ?? '', traceback };
}
