/** Notebooks as files: nbformat 4.5 (https://nbformat.readthedocs.io/en/latest/format_description.html). */
import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { assertNever, english, KitError, safeText, text } from '../bytes/index.ts';
import { KERNEL_NAME } from './kernelspec.ts';
import type { CellOutput, MimeBundle } from './outputs.ts';

/** One text, or its lines with their ends. */
const lines = z
  .union([z.string(), z.array(z.string())])
  .transform((text) => (typeof text === 'string' ? text : text.join('')));

const OUTPUT = z.looseObject({ output_type: z.string() });
const CELL = z.looseObject({
  cell_type: z.enum(['code', 'markdown', 'raw']),
  id: z.string().optional(),
  source: lines,
  metadata: z.record(z.string(), z.unknown()).default({}),
  outputs: z.array(OUTPUT).optional(),
  execution_count: z.number().nullish(),
});
const NOTEBOOK = z.looseObject({
  cells: z.array(CELL),
  metadata: z.record(z.string(), z.unknown()),
  nbformat: z.literal(4),
  nbformat_minor: z.int(),
});

export type NotebookCell = z.infer<typeof CELL>;
export type Notebook = z.infer<typeof NOTEBOOK>;
export type NotebookOutput = z.infer<typeof OUTPUT>;

/** Far above what a notebook of a course has; a file beyond is refused before it costs memory or the stack. */
const LIMITS = { mebibytes: 64, depth: 200, cells: 5_000 };

/** Throws KitError `bad-notebook` (usage). */
export function readNotebook(path: string): Notebook {
  const refuse = (why: string, cause?: unknown): never => {
    throw new KitError('bad-notebook', english(`${path}: ${why}`), {
      fault: 'usage',
      hint: text('Give an .ipynb file of format 4.', '请给出格式 4 的 .ipynb 文件。'),
      cause,
    });
  };
  let given: unknown;
  try {
    const { size } = statSync(path);
    if (size > LIMITS.mebibytes * 1024 ** 2) return refuse(`more than ${LIMITS.mebibytes} MiB`);
    const text = readFileSync(path, 'utf8');
    if (depthOf(text) > LIMITS.depth) return refuse(`nested deeper than ${LIMITS.depth} levels`);
    given = JSON.parse(text);
  } catch (error) {
    if (error instanceof KitError) throw error;
    return refuse(safeText(error instanceof Error ? error.message : String(error)), error);
  }
  const parsed = NOTEBOOK.safeParse(given);
  if (parsed.success && parsed.data.cells.length > LIMITS.cells)
    return refuse(`more than ${LIMITS.cells} cells`);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  return refuse(
    safeText(`not a notebook: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`),
    parsed.error,
  );
}

/** How deep brackets stand in each other, outside of strings. */
function depthOf(text: string): number {
  let [depth, deepest, quoted] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === '\\') at++;
      else if (character === '"') quoted = false;
    } else if (character === '"') quoted = true;
    else if (character === '[' || character === '{') deepest = Math.max(deepest, ++depth);
    else if (character === ']' || character === '}') depth--;
  }
  return deepest;
}

/** As Jupyter writes it: one space of indent, texts as lines, so that it diffs as it does elsewhere. */
export function notebookText(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => ({ ...cell, source: linesOf(cell.source) }));
  return `${JSON.stringify({ ...notebook, cells }, null, 1)}\n`;
}

export const NOTEBOOK_METADATA = {
  kernelspec: { name: KERNEL_NAME, display_name: 'Socket lab (JavaScript)', language: 'javascript' },
  language_info: { name: 'javascript', file_extension: '.js', mimetype: 'text/javascript' },
} as const;

export function linesOf(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

/** Collects what a cell shows as a file has it: texts of one stream that follow each other are one output. */
export class OutputList {
  readonly outputs: NotebookOutput[] = [];
  #clearNext = false;

  add(output: CellOutput, executionCount: number): void {
    if (output.type === 'clear') {
      this.#clearNext = output.wait;
      if (!output.wait) this.outputs.length = 0;
      return;
    }
    if (this.#clearNext) this.outputs.length = 0;
    this.#clearNext = false;
    const made = outputOf(output, executionCount);
    const last = this.outputs.at(-1);
    if (output.type === 'stream' && last?.output_type === 'stream' && last['name'] === output.name) {
      last['text'] = linesOf((last['text'] as string[]).join('') + output.text);
    } else if (made) this.outputs.push(made);
  }
}

function outputOf(output: Exclude<CellOutput, { type: 'clear' }>, count: number): NotebookOutput | undefined {
  switch (output.type) {
    case 'stream':
      return { output_type: 'stream', name: output.name, text: linesOf(output.text) };
    case 'display':
      return { output_type: 'display_data', data: dataOf(output.data), metadata: {} };
    case 'result':
      return {
        output_type: 'execute_result',
        execution_count: count,
        data: dataOf(output.data),
        metadata: {},
      };
    case 'error': {
      const { name, value, traceback } = output.error;
      return { output_type: 'error', ename: name, evalue: value, traceback };
    }
    case 'update':
      // Names an output that is shown elsewhere; a file without that name has nothing to update.
      return undefined;
    default:
      return assertNever(output);
  }
}

/** Texts as lines; JSON types stay values. */
function dataOf(data: MimeBundle): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).map(([type, content]) => [
      type,
      typeof content === 'string' ? linesOf(content) : content,
    ]),
  );
}
