import { stripVTControlCharacters } from 'node:util';
import { safeLines } from '../bytes/index.ts';
import type { NotebookRun } from './run-notebook.ts';

/** Runs of notebooks as JUnit XML, which CI systems read: a suite for each notebook, a case for each code cell. */
export function junitXml(notebooks: readonly { readonly file: string; readonly run: NotebookRun }[]): string {
  const suites = notebooks.map(({ file, run }) => {
    const cases = run.runs.map(({ cell, id, seconds, error }) => {
      const head = `    <testcase classname="${xml(file)}" name="cell ${cell}${id === '' ? '' : ` (${xml(id)})`}" time="${seconds.toFixed(3)}"`;
      if (!error || run.failed?.cell !== cell) return `${head}/>`;
      return `${head}>\n      <failure type="${xml(error.name)}" message="${xml(error.value)}">${xml(error.traceback.join('\n'))}</failure>\n    </testcase>`;
    });
    const unrun = run.notebook.cells.flatMap(({ cell_type: type, id = '' }, at) =>
      type !== 'code' || run.runs.some(({ cell }) => cell === at + 1)
        ? []
        : [
            `    <testcase classname="${xml(file)}" name="cell ${at + 1}${id === '' ? '' : ` (${xml(id)})`}"><skipped message="not run: a cell before it failed, or the run was ended"/></testcase>`,
          ],
    );
    const total = run.runs.reduce((sum, { seconds }) => sum + seconds, 0);
    return `  <testsuite name="${xml(file)}" tests="${run.runs.length + unrun.length}" failures="${run.failed ? 1 : 0}" skipped="${unrun.length}" time="${total.toFixed(3)}">\n${[...cases, ...unrun].join('\n')}\n  </testsuite>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>\n`;
}

/** XML 1.0 has no way to write most control characters, so they are shown. */
function xml(text: string): string {
  const plain = safeLines(stripVTControlCharacters(text));
  return plain.replace(/[<>&"\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}
