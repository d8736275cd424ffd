/**
 * A student's notebook against the kit's own: answers are the student's, lesson and checks are ours whatever was made of
 * them, and cells that the student added run where they stood.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { english, KitError, text } from '../bytes/index.ts';
import type { Language } from '../check/index.ts';
import { type Notebook, type NotebookCell, readNotebook } from './notebook-file.ts';

/** The kit's notebooks. */
const FOLDER = fileURLToPath(new URL('../../notebooks/', import.meta.url));

export interface Exam {
  /** `01-one-connection` */
  readonly lesson: string;
  readonly language: Language;
  /** The kit's file: cells' relative paths count from its folder. */
  readonly path: string;
  /** What is to be run. */
  readonly notebook: Notebook;
  readonly exercises: readonly ExamExercise[];
  /** Cells of ours that were changed or taken out, by id; what is run is ours. */
  readonly changed: readonly {
    readonly id: string;
    readonly how: 'changed' | 'missing';
    readonly check: boolean;
  }[];
}

export interface ExamExercise {
  readonly id: string;
  readonly points: number;
  /** The question, as each language's notebook has it. */
  readonly question: Readonly<Record<Language, string>>;
  /** What the student's answer cell holds. */
  readonly answer: string;
}

interface NbGrader {
  readonly grade_id: string;
  readonly solution: boolean;
  readonly grade: boolean;
  readonly points?: number;
}

const graderOf = ({ metadata }: NotebookCell): NbGrader | undefined =>
  metadata['nbgrader'] as NbGrader | undefined;

/** Jupyter keeps ids; a tool that loses them leaves nbgrader's. */
function nameOf(cell: NotebookCell): string | undefined {
  const given: unknown = (cell.metadata['nbgrader'] as { grade_id?: unknown } | undefined)?.grade_id;
  return typeof given === 'string' ? given : cell.id;
}

/** Without blanks at the ends of lines, and empty lines. No regular expression: `\s+$` is quadratic in blanks before a word. */
const bare = (source: string): string =>
  source
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n');

/** Throws KitError `unknown-notebook` (usage): none of the kit's exercises is in it. */
export function examOf(given: Notebook, file: string): Exam {
  const names = new Set(given.cells.map(nameOf));
  const bareOf = new Map(given.cells.map((cell) => [cell, bare(cell.source)]));
  const sources = new Set(bareOf.values());
  const language: Language = sources.has("lang('zh');") ? 'zh' : 'en';
  const found = lessons().find(({ notebook }) =>
    exercisesOf(notebook).some(({ answer }) => names.has(answer)),
  );
  if (found === undefined) {
    throw new KitError(
      'unknown-notebook',
      text(`${file} has none of the exercises of the kit’s notebooks`, `${file} 中没有本套件笔记本的练习`),
      {
        fault: 'usage',
        hint: text(
          'Give a notebook that was made from one of notebooks/ (its answer cells keep their ids).',
          '请给出由 notebooks/ 中的笔记本做成的文件（答案单元格保留其 id）。',
        ),
      },
    );
  }
  const path = join(FOLDER, language, `${found.name}.ipynb`);
  const ours = readNotebook(path);
  const { en, zh } = { en: lessonAt('en', found.name), zh: lessonAt('zh', found.name) };
  const used = new Set<NotebookCell>();
  const theirs = (cell: NotebookCell): NotebookCell | undefined => {
    const unused = given.cells.filter((one) => one.cell_type === 'code' && !used.has(one));
    const own = bare(cell.source);
    const match =
      unused.find((one) => nameOf(one) === nameOf(cell)) ?? unused.find((one) => bareOf.get(one) === own);
    if (match) used.add(match);
    return match;
  };
  const changed: Exam['changed'][number][] = [];
  const answers = new Map<string, string>();
  const placed = ours.cells.map((cell) => {
    if (cell.cell_type !== 'code') return { cell, at: undefined };
    const match = theirs(cell);
    const grader = graderOf(cell);
    if (grader?.solution === true) {
      answers.set(grader.grade_id, match?.source ?? '');
      return { cell: { ...cell, source: match?.source ?? '' }, at: match };
    }
    const how =
      match === undefined ? 'missing' : bareOf.get(match) === bare(cell.source) ? undefined : 'changed';
    if (how) changed.push({ id: cell.id ?? '', how, check: grader?.grade === true });
    return { cell, at: match };
  });
  const cells = placed.flatMap(({ cell, at }) => [cell, ...addedBehind(at, given.cells, used)]);
  const exercises = exercisesOf(ours).map(({ id, answer, points }) => ({
    id,
    points,
    question: { en: questionBefore(en, answer), zh: questionBefore(zh, answer) },
    answer: answers.get(answer) ?? '',
  }));
  return { lesson: found.name, language, path, notebook: { ...ours, cells }, exercises, changed };
}

/** The student's own code cells between this cell of ours and the next one. */
function addedBehind(
  at: NotebookCell | undefined,
  cells: readonly NotebookCell[],
  used: ReadonlySet<NotebookCell>,
): NotebookCell[] {
  if (at === undefined) return [];
  const added: NotebookCell[] = [];
  for (const cell of cells.slice(cells.indexOf(at) + 1)) {
    if (used.has(cell)) break;
    if (cell.cell_type === 'code') added.push({ ...cell, id: `${ADDED}${added.length}`, metadata: {} });
  }
  return added;
}

const ADDED = 'added-';

/** Is the cell the student's: an answer, or one that was added? */
export const isStudents = (cell: NotebookCell): boolean =>
  cell.id?.startsWith(ADDED) === true || graderOf(cell)?.solution === true;

function exercisesOf(notebook: Notebook): { id: string; answer: string; points: number }[] {
  return notebook.cells.flatMap((cell) => {
    const grader = graderOf(cell);
    const id = /\bexercise\(\s*'([\w-]+)'/.exec(cell.source)?.[1];
    return grader?.grade === true && id !== undefined
      ? [{ id, answer: `answer-${id}`, points: grader.points ?? 0 }]
      : [];
  });
}

/** The paragraph with the exercise's number, `**1a.** …`, without its heading. */
function questionBefore(notebook: Notebook, answer: string): string {
  const at = notebook.cells.findIndex((cell) => cell.id === answer);
  const before = notebook.cells.slice(0, at).filter((cell) => cell.cell_type === 'markdown');
  const paragraph = before
    .reverse()
    .flatMap(({ source }) => /\*\*\d\w\.\*\*([^]*)/.exec(source)?.[1] ?? [])[0];
  return (paragraph ?? '').replace(/\s+/g, ' ').trim();
}

/**
 * The name of one of the kit's notebooks, by its name or number: `5`, `05`, `05-closing`.
 *
 * @throws KitError `unknown-notebook` (usage).
 */
export function lessonName(wanted: string): string {
  const names = lessons().map(({ name }) => name);
  const found = names.find(
    (name) => name === wanted || (/^\d+$/.test(wanted) && Number(name.slice(0, 2)) === Number(wanted)),
  );
  if (found !== undefined) return found;
  throw new KitError('unknown-notebook', text(`there is no notebook ${wanted}`, `没有笔记本 ${wanted}`), {
    fault: 'usage',
    hint: text(`The notebooks: ${names.join(', ')}`, `笔记本有：${names.join('、')}`),
  });
}

/** The points of all exercises of a notebook. */
export const lessonPoints = (name: string): number =>
  exercisesOf(lessonAt('en', name)).reduce((sum, { points }) => sum + points, 0);

function lessons(): { name: string; notebook: Notebook }[] {
  const folder = join(FOLDER, 'en');
  if (!existsSync(folder)) {
    throw new KitError('no-lessons', english(`the kit’s notebooks are not at ${folder}`), {
      fault: 'machine',
    });
  }
  const files = readdirSync(folder).filter((file) => file.endsWith('.ipynb'));
  return files.sort().map((file) => {
    const name = file.replace(/\.ipynb$/, '');
    return { name, notebook: lessonAt('en', name) };
  });
}

function lessonAt(language: Language, name: string): Notebook {
  return readNotebook(join(FOLDER, language, `${name}.ipynb`));
}
