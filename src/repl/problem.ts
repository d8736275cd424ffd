/**
 * Errors as people read them: what happened, where, what to do next.
 *
 * A refusal by the peer is not a crash and shows no stack. A mistake in the user's own code shows the stack, but only
 * the frames that are theirs.
 */
import {
  EXIT,
  exitCodeOf,
  inLanguage,
  KitError,
  type Language,
  safeLines,
  safeText,
  text,
} from '../bytes/index.ts';
import { lineOf, slipBehind, STATEMENT } from './evaluator.ts';
import type { Paint } from './paint.ts';
import { show, toJson } from './show.ts';

/** Where the failing code stands: the name of its file, and whether lines of it are worth naming. */
export interface Place {
  readonly file: string;
  readonly numbered: boolean;
}

const THROWN = text('thrown:', '抛出：');

export function problemText(
  error: unknown,
  place: Place | undefined,
  paint: Paint,
  language: Language,
): string {
  const line = lineOf(error);
  const where = place?.numbered && line !== undefined ? `${place.file}:${line}: ` : '';
  if (error instanceof KitError) {
    if (error.code === 'interrupted') return paint.dim(where + inLanguage(error.words.message, language));
    // A syntax error says its own place, and its lines are the user's.
    const message = inLanguage(error.words.message, language);
    const shown = error.code === 'syntax' ? safeLines(message) : where + safeText(message);
    const next = error.words.hint;
    const hint = next === undefined ? '' : `\n${paint.dim(safeText(inLanguage(next, language)))}`;
    const stack = error.fault === 'kit' ? `\n${safeLines(error.stack ?? '')}` : '';
    return paint.red(shown) + hint + stack;
  }
  if (error instanceof Error) {
    const frames = ownFrames(error.stack ?? '', place?.file);
    const head = `${where}${error.name}: ${error.message}`;
    const slip = slipBehind(error);
    const below = [...frames, ...(slip === undefined ? [] : [inLanguage(slip, language)])];
    return [paint.red(safeLines(head)), ...below.map((line) => paint.dim(safeText(line)))].join('\n');
  }
  return `${paint.red(where + inLanguage(THROWN, language))} ${show(error, paint)}`;
}

/** The same as one JSON object, for `--json`. */
export function problemJson(error: unknown, place: Place | undefined): string {
  const line = lineOf(error);
  const known =
    error instanceof KitError ? { code: error.code, hint: error.hint } : { hint: slipBehind(error)?.en };
  const what = error instanceof Error ? { name: error.name, message: error.message } : { thrown: error };
  return toJson({ error: { ...what, ...known, file: place?.file, line } });
}

/** Lines of the stack that name `file`, down to the top-level statement; frames of ours or Node's would hide them. */
function ownFrames(stack: string, file: string | undefined): string[] {
  if (file === undefined) return [];
  const frames = stack.split('\n').filter((line) => line.startsWith('    at '));
  const last = frames.findIndex((line) => line.includes(STATEMENT));
  return frames
    .slice(0, last === -1 ? undefined : last + 1)
    .filter((line) => line.includes(`(${file}:`) || line.includes(` ${file}:`))
    .map((line) =>
      line
        .replace(/at (?:async )?(?:Object\.)?__statement \((.*)\)$/, 'at $1')
        // A function of the session's is called on its scope, which V8 takes for a method call.
        .replace(/at (async )?Object\./, 'at $1')
        // What V8 ascribes to the `await` that we put in front stands before the line.
        .replace(/:-\d+(\)?)$/, ':1$1'),
    );
}

/** Ctrl-C, as shells count it: 128 + SIGINT. */
const INTERRUPTED = 130;

/** The exit code that a failed piece of a script stands for: an exception of the user's own code is a failure, not ours. */
export function exitCodeFor(error: unknown): number {
  if (!(error instanceof KitError)) return EXIT.failed;
  return error.code === 'interrupted' ? INTERRUPTED : exitCodeOf(error);
}
