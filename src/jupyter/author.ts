/**
 * Notebooks are written as text: one file holds both languages and the code that they share. `::: en` and `::: zh` begin
 * the text of one language, `:::` ends it; a fence of `js` is a code cell. In code, a line `//en …` or `//zh …` is a
 * comment of one language. The fence's info may name the cell and carry nbgrader's metadata:
 *
 *     ```js id=answer-ports solution
 *     ```js id=check-ports tests points=2
 */
import { english, KitError } from '../bytes/index.ts';
import type { Language } from '../check/index.ts';
import { type Notebook, NOTEBOOK_METADATA, type NotebookCell } from './notebook-file.ts';

type Part =
  | { readonly kind: 'text'; readonly text: Readonly<Record<Language, string>> }
  | { readonly kind: 'code'; readonly info: string; readonly code: string };

/** The notebook of one language. Throws KitError `bad-source` (usage) with the line. */
export function notebookFrom(source: string, language: Language, file: string): Notebook {
  const parts = partsOf(source, file);
  const cells = parts.flatMap((part, at): NotebookCell[] => {
    if (part.kind === 'text') {
      const text = part.text[language].trim();
      return text === '' ? [] : [{ cell_type: 'markdown', id: `text-${at + 1}`, metadata: {}, source: text }];
    }
    return [codeCell(part, `code-${at + 1}`, language)];
  });
  const first: NotebookCell = {
    ...{ cell_type: 'code', id: 'language', metadata: {}, source: `lang('${language}');` },
    ...{ execution_count: null, outputs: [] },
  };
  // Behind the title, which is what a reader should see first.
  const notebook = [...cells.slice(0, 1), first, ...cells.slice(1)];
  return { cells: notebook, metadata: { ...NOTEBOOK_METADATA }, nbformat: 4, nbformat_minor: 5 };
}

function partsOf(source: string, file: string): Part[] {
  const parts: Part[] = [];
  let text = { en: '', zh: '' };
  let language: Language | 'both' = 'both';
  let fence: { info: string; code: string[]; line: number } | undefined;
  let quoted = false;
  for (const [at, line] of source.split('\n').entries()) {
    if (fence) {
      if (line === '```') {
        parts.push({ kind: 'code', info: fence.info, code: fence.code.join('\n') });
        fence = undefined;
      } else fence.code.push(line);
      continue;
    }
    const opening = /^```js\b(.*)$/.exec(line);
    if (opening && !quoted) {
      if (language !== 'both') throw badSource(file, at, 'a code cell inside of a language; end it with :::');
      if (text.en.trim() !== '' || text.zh.trim() !== '') parts.push({ kind: 'text', text });
      text = { en: '', zh: '' };
      fence = { info: opening[1] ?? '', code: [], line: at };
      continue;
    }
    if (line.startsWith('```')) quoted = !quoted;
    const mark = quoted ? null : /^:::\s*(en|zh|)\s*$/.exec(line);
    if (mark) {
      language = mark[1] === 'en' || mark[1] === 'zh' ? mark[1] : 'both';
      continue;
    }
    for (const one of ['en', 'zh'] as const)
      if (language === 'both' || language === one) text[one] += `${line}\n`;
  }
  if (fence) throw badSource(file, fence.line, 'this code cell is never closed');
  if (text.en.trim() !== '' || text.zh.trim() !== '') parts.push({ kind: 'text', text });
  return parts;
}

function codeCell(
  { info, code }: Part & { kind: 'code' },
  fallback: string,
  language: Language,
): NotebookCell {
  const words = info.trim().split(/\s+/);
  const id = /\bid=([\w-]+)/.exec(info)?.[1] ?? fallback;
  const points = /\bpoints=(\d+)/.exec(info)?.[1];
  const [solution, tests] = [words.includes('solution'), words.includes('tests')];
  const source = code
    .split('\n')
    .filter((line) => !/^\s*\/\/(en|zh) /.test(line) || line.includes(`//${language} `))
    .map((line) => line.replace(/^(\s*)\/\/(?:en|zh) /, '$1// '))
    .join('\n')
    .trim();
  const metadata: Record<string, unknown> = {};
  if (solution || tests) {
    // https://nbgrader.readthedocs.io/en/stable/contributor_guide/metadata.html
    metadata['nbgrader'] = {
      ...{ schema_version: 3, grade_id: id, locked: tests, solution, grade: tests, task: false },
      ...(tests ? { points: Number(points ?? 1) } : {}),
    };
  }
  if (words.includes('throws')) metadata['tags'] = ['raises-exception'];
  return { cell_type: 'code', id, metadata, source, execution_count: null, outputs: [] };
}

function badSource(file: string, at: number, why: string): KitError {
  return new KitError('bad-source', english(`${file}:${at + 1}: ${why}`), { fault: 'usage' });
}
