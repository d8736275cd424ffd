/**
 * What was typed, as statements.
 *
 * A REPL has to know three things before it runs anything: is this complete (or should it ask for another line), is it
 * JavaScript or TypeScript, and where does each statement begin, so that a script can run in order and an error can
 * name its line. acorn answers all three; V8 alone would only say that it does not compile.
 */
import { Parser, tokTypes, type Program } from 'acorn';
import { KitError, text } from '../bytes/index.ts';
import { looksLikeTypeScript, stripTypes } from './typescript.ts';

export type Statement = Program['body'][number];

/** A parsed input: JavaScript of the same length as what was typed, so that every position still fits. */
export interface Parsed {
  readonly source: string;
  readonly statements: readonly Statement[];
}

/** The input ends too early: another line may complete it. */
export class Incomplete extends Error {
  override readonly name = 'Incomplete';
}

const OPTIONS = {
  ecmaVersion: 'latest',
  sourceType: 'script',
  allowAwaitOutsideFunction: true,
  allowImportExportEverywhere: true,
  allowHashBang: true,
  // Positions then include the brackets: `const x = (1, 2)`.
  preserveParens: true,
  locations: true,
} as const;

/** Parses a whole input, or throws `Incomplete`, or a `KitError` with code `syntax` that names `file` and line. */
export function parseInput(typed: string, file: string): Parsed {
  const asObject = objectLiteral(typed);
  if (asObject !== undefined) return asObject;
  try {
    return parseJavaScript(typed);
  } catch (problem) {
    if (problem instanceof Incomplete || isOpenObject(typed)) throw new Incomplete(file);
    const javascript = stripTypes(typed);
    switch (javascript.outcome) {
      case 'stripped':
        try {
          return parseJavaScript(javascript.source);
        } catch {
          throw syntaxError(typed, file, problem);
        }
      case 'invalid':
        if (openBrackets(typed) > 0) throw new Incomplete(file);
        if (looksLikeTypeScript(typed)) throw syntaxError(typed, file, problem, javascript.reason);
        throw syntaxError(typed, file, problem);
      case 'unsupported':
        if (looksLikeTypeScript(typed)) throw syntaxError(typed, file, problem, undefined, javascript.hint);
        throw syntaxError(typed, file, problem);
    }
  }
}

/** `{a: 1}` is a block to the language and an object to whoever types it; the latter wins, as in every REPL. */
function objectLiteral(typed: string): Parsed | undefined {
  if (!/^\s*\{/.test(typed) || /;\s*$/.test(typed)) return undefined;
  try {
    return parseJavaScript(`${typed.replace('{', '({')}\n)`);
  } catch {
    return undefined;
  }
}

/** `{a: 1, b:` is no block and not yet an object. */
function isOpenObject(typed: string): boolean {
  if (!/^\s*\{/.test(typed)) return false;
  try {
    parseJavaScript(typed.replace('{', '({'));
    return false;
  } catch (problem) {
    return problem instanceof Incomplete && openBrackets(typed) > 0;
  }
}

function parseJavaScript(source: string): Parsed {
  const watch = { ended: false };
  try {
    const parser = new EndWatcher(OPTIONS, source, watch);
    return { source, statements: parser.parse().body };
  } catch (problem) {
    if (watch.ended) throw new Incomplete('the input ends too early');
    throw problem;
  }
}

/** acorn, which also tells whether it met the end of the input (or of a token that may span lines) before the error. */
class EndWatcher extends Parser {
  readonly #watch: { ended: boolean };

  constructor(options: typeof OPTIONS, source: string, watch: { ended: boolean }) {
    super(options, source);
    this.#watch = watch;
  }

  // These two are what acorn's plugins override; its published types leave them out.
  nextToken(): void {
    (Parser.prototype as unknown as Internals).nextToken.call(this);
    if ((this as unknown as Internals).type === tokTypes.eof) this.#watch.ended = true;
  }

  raise(position: number, message: string): never {
    // acorn has no codes: its texts are the only way, and a test holds them.
    const input = (this as unknown as Internals).input;
    if (message === 'Unterminated template' || message === 'Unterminated comment') this.#watch.ended = true;
    if (message === 'Unterminated string constant' && /\\\r?\n?$/.test(input)) this.#watch.ended = true;
    (Parser.prototype as unknown as Internals).raise.call(this, position, message);
    throw new Error(message);
  }
}

interface Internals {
  readonly input: string;
  readonly type: unknown;
  nextToken(): void;
  raise(position: number, message: string): void;
}

/** How many brackets stay open: what says "incomplete" for TypeScript, which acorn cannot parse but can cut up. */
function openBrackets(source: string): number {
  let open = 0;
  try {
    for (const token of Parser.tokenizer(source, OPTIONS)) {
      const { type } = token;
      if (type === tokTypes.braceL || type === tokTypes.parenL || type === tokTypes.bracketL) open++;
      if (type === tokTypes.dollarBraceL) open++;
      if (type === tokTypes.braceR || type === tokTypes.parenR || type === tokTypes.bracketR) open--;
    }
  } catch (problem) {
    // A template or comment that is still open cannot be cut up; count it as one more bracket.
    if (problem instanceof SyntaxError && /^Unterminated (template|comment)/.test(problem.message)) return 1;
  }
  return open;
}

/** `Incomplete` for an input to which no line can be added any more. */
export function endsTooEarly(typed: string, file: string): KitError {
  const line = typed.trimEnd().split('\n').length;
  return new KitError(
    'syntax',
    text(`${file}:${line}: the program ends before it is complete`, `${file}:${line}: 程序不完整就结束了`),
    {
      fault: 'usage',
      hint: text(
        'Look for a bracket, a quote or a comment that is opened and never closed.',
        '请查找没有闭合的括号、引号或注释。',
      ),
    },
  );
}

function syntaxError(
  typed: string,
  file: string,
  problem: unknown,
  reason?: string,
  hint = text('Correct the line and try again.', '请改正这一行再试。'),
): KitError {
  const place = placeOf(problem);
  const why =
    reason ?? (problem instanceof Error ? problem.message.replace(/ \(\d+:\d+\)$/, '') : 'not a program');
  const line = typed.split('\n')[place.line - 1] ?? '';
  const where = `${file}:${place.line}:${place.column + 1}`;
  const pointer = `${line}\n${' '.repeat(place.column)}^`;
  return new KitError(
    'syntax',
    text(`${where}: ${why}\n${pointer}`, `${where}: 语法错误：${why}\n${pointer}`),
    {
      fault: 'usage',
      hint,
      cause: problem,
    },
  );
}

function placeOf(problem: unknown): { line: number; column: number } {
  const place = (problem as { loc?: { line: number; column: number } } | undefined)?.loc;
  return place ?? { line: 1, column: 0 };
}
