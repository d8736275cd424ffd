/**
 * `-e CODE`, a file, standard input: run in order, print results, stop at the first error.
 *
 * `-e` prints the value of its last statement, like `node -p`. A script prints the value of each top-level expression
 * as it comes, like `redis-cli < file`; assignments, declarations and undefined print nothing.
 */
import { inLanguage, type Language } from '../bytes/index.ts';
import { isCommand } from './commands.ts';
import type { Evaluator, RunOptions } from './evaluator.ts';
import type { Paint } from './paint.ts';
import { exitCodeFor, type Place, problemJson, problemText } from './problem.ts';
import { show, toJson } from './show.ts';

export interface Piece {
  readonly source: string;
  /** Stands in errors: `-e`, `stdin`, a path. */
  readonly file: string;
  readonly prints: 'last' | 'each';
}

export interface ScriptOptions {
  readonly json: boolean;
  readonly language: Language;
  readonly paint: Paint;
  readonly errorPaint: Paint;
  readonly signal?: AbortSignal;
  /** Called around code that may never pause. */
  readonly interruptible: NonNullable<RunOptions['interruptible']>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Runs the pieces; resolves with the exit code. All of them are parsed before the first one runs. */
export async function runScript(
  evaluator: Evaluator,
  pieces: readonly Piece[],
  options: ScriptOptions,
): Promise<number> {
  const print = (value: unknown): void => {
    if (value === undefined) return;
    options.out(`${options.json ? toJson(value) : show(value, options.paint, { raw: true })}\n`);
  };
  let place: Place | undefined;
  try {
    const parsed = pieces.map((piece) => {
      place = placeOf(piece);
      return { piece, program: evaluator.parse(piece.source, piece.file, { final: true }) };
    });
    for (const { piece, program } of parsed) {
      place = placeOf(piece);
      const value = await evaluator.run(program, {
        file: piece.file,
        ...(options.signal ? { signal: options.signal } : {}),
        interruptible: options.interruptible,
        quick: (name) => isCommand(evaluator.scope, name),
        onSlip: (sentence) =>
          options.err(`${options.errorPaint.dim(inLanguage(sentence, options.language))}\n`),
        onValue: (one, { quiet }) => {
          if (piece.prints === 'each' && !quiet) print(one);
        },
      });
      if (piece.prints === 'last') print(value);
    }
    return 0;
  } catch (error) {
    reportProblem(error, place, options);
    return exitCodeFor(error);
  }
}

export function reportProblem(
  error: unknown,
  place: Place | undefined,
  options: Pick<ScriptOptions, 'json' | 'language' | 'errorPaint' | 'err'>,
): void {
  const shown = options.json
    ? problemJson(error, place)
    : problemText(error, place, options.errorPaint, options.language);
  options.err(`${shown}\n`);
}

function placeOf(piece: Piece): Place {
  return { file: piece.file, numbered: piece.file !== '-e' || piece.source.trimEnd().includes('\n') };
}
