/** `.save FILE.ipynb`: the session as a notebook, a cell for each input (nbformat 4.5). */
import { formatAddress } from './address.ts';
import { commented, type TranscriptEntry } from './save.ts';
import type { Session } from './session.ts';

/** The kernel that runs it: that of this kit. */
const KERNEL = { name: 'socket-lab', display_name: 'Socket lab', language: 'javascript' } as const;

interface Cell {
  readonly cell_type: 'markdown' | 'code';
  /** Of a cell, in its file: 1 to 64 letters, digits, `-`, `_` (nbformat 4.5). */
  readonly id: string;
  readonly metadata: object;
  readonly source: readonly string[];
}

export function notebookOf(
  entries: readonly TranscriptEntry[],
  session: Session,
  connected: boolean,
): string {
  const where = formatAddress(session.target);
  const { name } = session.protocol;
  const sources = [
    ...(connected ? [`await connect('${where}');`] : []),
    ...entries.map(({ input, failed }) => (failed ? commented(input) : input.trimEnd())),
  ];
  const cells = [
    markdown(
      `# A session with ${where}\n\nProtocol ${name}. Cells run in order; inputs that failed are comments.`,
    ),
    ...sources.map(code),
  ];
  const metadata = {
    kernelspec: KERNEL,
    language_info: { name: 'javascript', file_extension: '.js', mimetype: 'text/javascript' },
  };
  return `${JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1)}\n`;
}

function markdown(text: string): Cell {
  return { cell_type: 'markdown', id: 'about', metadata: {}, source: linesOf(text) };
}

function code(text: string, index: number): Cell & { execution_count: null; outputs: [] } {
  const source = linesOf(text);
  return {
    cell_type: 'code',
    id: `input-${index + 1}`,
    metadata: {},
    execution_count: null,
    outputs: [],
    source,
  };
}

/** Each line with its end, as nbformat's multi-line texts are. */
function linesOf(text: string): string[] {
  return text.split(/(?<=\n)/);
}
