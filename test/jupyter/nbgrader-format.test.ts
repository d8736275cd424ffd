/**
 * What nbgrader demands of a notebook before it runs anything, held against every notebook of ours. The rules are those
 * of its validator (nbgraderformat/v3.py) and of its preprocessors: CheckCellMetadata, LockCells, and those that look for
 * marks (ClearSolutions, ClearHiddenTests, ClearMarkScheme, InstantiateTests).
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { readNotebook, type Notebook } from '../../src/jupyter/index.ts';
import { NAMES, root } from './notebook-rig.ts';

const schema: unknown = JSON.parse(
  readFileSync(join(root, 'test/fixtures/nbgrader-cell.schema.json'), 'utf8'),
);
const fits = new Ajv({ allErrors: true }).compile(schema as object);

interface Grader {
  readonly grade: boolean;
  readonly solution: boolean;
  readonly locked: boolean;
  readonly task?: boolean;
  readonly grade_id: string;
  readonly points?: number;
}

const MARKS = /(BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)|AUTOTEST/;

/** What nbgrader would refuse a notebook for; empty: nothing. */
function refusals(notebook: Notebook): string[] {
  const found: string[] = [];
  const names = new Set<string>();
  for (const { metadata, cell_type: type, source } of notebook.cells) {
    const about = metadata['nbgrader'];
    // Whatever stands around them, in text as in code: it takes out what follows, or runs it. We have none.
    const mark = MARKS.exec(source)?.[0];
    if (mark !== undefined) found.push(`${mark}: ${source}`);
    if (about === undefined) continue;
    if (!fits(about)) {
      found.push(
        ...(fits.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`),
      );
      continue;
    }
    const { grade, solution, task = false, grade_id: name } = about as Grader;
    if (names.has(name)) found.push(`${name} is there twice`);
    names.add(name);
    if (task ? type !== 'markdown' : type === 'markdown' && grade !== solution)
      found.push(`${name}: not for a cell of ${type}`);
  }
  return found;
}

const notebooks = (['en', 'zh'] as const).flatMap((language) =>
  NAMES.map(
    (name) => [`${language}/${name}`, readNotebook(join(root, 'notebooks', language, name))] as const,
  ),
);

test.each(notebooks)('%s: nbgrader has nothing to refuse', (_name, notebook) => {
  expect(refusals(notebook)).toEqual([]);
  // The language by which an instructor gives a stub, should there be solutions; nbgrader has none for it.
  expect(notebook.metadata).toMatchObject({ kernelspec: { language: 'javascript' } });
});

test.each(notebooks)(
  '%s: tests are locked, come behind the answers, and answers can be edited',
  (_name, { cells }) => {
    const graded = cells.flatMap(({ metadata }) => (metadata['nbgrader'] ?? []) as Grader | []);
    const flags = graded.map((one) => [one.solution, one.grade, one.locked]);
    expect(flags.length).toBeGreaterThanOrEqual(4);
    expect(flags).toEqual(flags.map((_, at) => (at % 2 === 0 ? [true, false, false] : [false, true, true])));
  },
);

const RIGHT = { schema_version: 3, grade: true, solution: false, locked: true, grade_id: 'a', points: 1 };
test.each([
  ['a name is missing', [{ ...RIGHT, grade_id: undefined }]],
  ['a name is empty', [{ ...RIGHT, grade_id: '' }]],
  ['a name has a dot', [{ ...RIGHT, grade_id: 'a.b' }]],
  ['a name is there twice', [RIGHT, RIGHT]],
  ['points are missing', [{ ...RIGHT, points: undefined }]],
  ['points are negative', [{ ...RIGHT, points: -1 }]],
  ['points are a text', [{ ...RIGHT, points: '1' }]],
  ['another version', [{ ...RIGHT, schema_version: 2 }]],
  ['a key that nobody knows', [{ ...RIGHT, hint: 'x' }]],
  ['a task in code', [{ ...RIGHT, grade: false, task: true }]],
])('and it would refuse one where %s', (_what, all) => {
  const cells = all.map((nbgrader) => ({
    ...{ cell_type: 'code' as const, id: 'x', source: '1', execution_count: null, outputs: [] },
    metadata: { nbgrader: JSON.parse(JSON.stringify(nbgrader)) as unknown },
  }));
  const [first] = notebooks;
  if (first === undefined) throw new Error('there are no notebooks');
  expect(refusals({ ...first[1], cells })).not.toEqual([]);
});

test.each(['// BEGIN SOLUTION', '### END HIDDEN TESTS', '<!-- BEGIN MARK SCHEME -->', '// AUTOTEST x'])(
  'and one where a cell says %s',
  (source) => {
    const [first] = notebooks;
    if (first === undefined) throw new Error('there are no notebooks');
    const cell = { cell_type: 'markdown' as const, id: 'x', source, metadata: {} };
    expect(refusals({ ...first[1], cells: [cell] })).toHaveLength(1);
  },
);
