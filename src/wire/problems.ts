/** What is wrong in a file of YAML, each with its place: for descriptions, and for files of other rooms. */
import { joined, KitError, same, text, type Text } from '../bytes/index.ts';
import type { Path, Source } from './source.ts';

/** One thing that is wrong, and where. */
export interface Problem {
  readonly line: number;
  readonly column: number;
  readonly message: Text;
}

export type Report = (path: Path, message: Text) => void;

/** So many are told, and so much of each: who wrote one thing wrong a thousand times wants to read on. */
const MOST_TOLD = 20;
const LONGEST_TOLD = 400;

/** A KitError (usage) of the first problems, in the order of the file, each as `file:line:column: sentence`. */
export function problemsError(
  code: string,
  file: string,
  problems: readonly Problem[],
  hint: Text,
): KitError {
  const sorted = [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
  const lines = sorted
    .slice(0, MOST_TOLD)
    .map(({ line, column, message }) => joined([same(`${file}:${line}:${column}`), message], ': '));
  const more = sorted.length - MOST_TOLD;
  if (more > 0) lines.push(text(`${file}: and ${more} problems more`, `${file}：还有 ${more} 个问题`));
  return new KitError(code, joined(lines, '\n'), { fault: 'usage', hint });
}

/** Collects problems, each with its place in the file. */
export function reporter(source: Source, problems: Problem[]): Report {
  return (path, message) => {
    problems.push({ ...source.locate(path), message: shortened(message) });
  };
}

const shortened = ({ en, zh }: Text): Text => text(cut(en), cut(zh));

const cut = (sentence: string): string =>
  sentence.length > LONGEST_TOLD ? `${sentence.slice(0, LONGEST_TOLD)} …` : sentence;
