import type { Extent, Field } from '../description.ts';
import { fixedBytes } from '../description.ts';

/** One box of a packet diagram. */
export interface Cell {
  readonly label: string;
  /** Undefined: as long as it needs to be. */
  readonly bytes: number | undefined;
}

const ROW = 4;
/** Columns of one byte, its right border included: two to a bit, as the RFCs draw. */
const WIDTH = 16;
/** Longer boxes are broken, and say how long they are. */
const LONGEST_DRAWN = 16;

const RULER = [
  ' 0                   1                   2                   3',
  ' 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1',
];

/** The boxes of a list of fields; groups and items stand for what is drawn on its own. */
export function cellsOf(fields: readonly Field[], values: ReadonlyMap<string, string> = new Map()): Cell[] {
  return fields.flatMap((field) => {
    const value = values.get(field.name);
    const label = value === undefined ? field.name : `${field.name} = ${value}`;
    switch (field.kind) {
      case 'group': {
        const count =
          field.repeat.by === 'count'
            ? [{ label: `count of ${field.name}`, bytes: field.repeat.int.bytes }]
            : [];
        return [...count, { label: `${field.name}: entries as drawn below`, bytes: undefined }];
      }
      case 'tlv':
        return [{ label: `${field.name}: items as drawn below`, bytes: undefined }];
      case 'block':
        if (field.extent.by === 'size') {
          return [
            {
              label: `${field.name}: ${field.fields.map((inner) => inner.name).join(', ')}`,
              bytes: field.extent.bytes,
            },
          ];
        }
        return [
          ...prefixCell(field.extent, field.name),
          ...cellsOf(field.fields, values),
          ...markCell(field.extent),
        ];
      case 'int':
      case 'ip4':
      case 'ip6':
      case 'padding':
        return [{ label: field.kind === 'padding' ? 'padding' : label, bytes: fixedBytes(field) }];
      case 'decimal':
      case 'text':
      case 'bytes':
      case 'ip':
        return [
          ...prefixCell(field.extent, field.name),
          { label, bytes: fixedBytes(field) },
          ...markCell(field.extent),
        ];
    }
  });
}

const prefixCell = (extent: Extent, name: string): Cell[] =>
  extent.by === 'prefix' ? [{ label: `length of ${name}`, bytes: extent.int.bytes }] : [];

function markCell(extent: Extent): Cell[] {
  if (extent.by !== 'until') return [];
  const mark = JSON.stringify(new TextDecoder().decode(extent.delimiter));
  return [{ label: mark, bytes: extent.delimiter.length }];
}

/** Boxes drawn to scale, 32 bits to a row, in the manner of the RFCs. A box of no fixed size starts a row of its own. */
export function diagram(cells: readonly Cell[]): string {
  const lines = [...RULER];
  let run: Cell[] = [];
  let open = false;
  const flush = (): void => {
    if (run.length === 0) return;
    lines.push(...drawFixed(run, open));
    run = [];
    open = true;
  };
  for (const cell of cells) {
    if (cell.bytes !== undefined && cell.bytes <= LONGEST_DRAWN) {
      run.push(cell);
      continue;
    }
    flush();
    // The border in front may be that of a row that was not full.
    if (open) lines.pop();
    lines.push(...drawLong(cell));
    open = true;
  }
  flush();
  if (!open) lines.push(border(ROW));
  return lines.join('\n');
}

const border = (bytes: number): string => `+${'-+'.repeat((bytes * WIDTH) / 2)}`;

function drawLong({ label, bytes }: Cell): string[] {
  const inner = ROW * WIDTH - 1;
  const text = bytes === undefined ? `${label} (variable)` : `${label} (${bytes} bytes)`;
  const edge = `|${' '.repeat(inner)}|`;
  return [border(ROW), edge, `/${centred(text, inner)}/`, edge, border(ROW)];
}

/** Boxes of fixed size from a row's beginning on. */
function drawFixed(cells: readonly Cell[], open: boolean): string[] {
  const owner = cells.flatMap(({ bytes = 0 }, index) => new Array<number>(bytes).fill(index));
  const rows = Math.ceil(owner.length / ROW);
  const lines = open ? [] : [border(Math.min(ROW, owner.length))];
  const labelRow = cells.map((_, index) => rowForLabel(owner, index));
  for (let row = 0; row < rows; row++) {
    const places = owner.slice(row * ROW, (row + 1) * ROW);
    let line = '|';
    for (let at = 0; at < places.length;) {
      const index = places[at] ?? 0;
      let end = at;
      while (places[end] === index) end++;
      const width = (end - at) * WIDTH - 1;
      line += `${centred(labelRow[index] === row ? (cells[index]?.label ?? '') : '', width)}|`;
      at = end;
    }
    lines.push(line, separator(owner, row));
  }
  return lines;
}

/** The row in which a box is widest; of several the middle one. */
function rowForLabel(owner: readonly number[], index: number): number {
  const widths = new Map<number, number>();
  owner.forEach((own, at) => {
    if (own === index) widths.set(Math.floor(at / ROW), (widths.get(Math.floor(at / ROW)) ?? 0) + 1);
  });
  const widest = Math.max(...widths.values());
  const rows = [...widths].filter(([, width]) => width === widest).map(([row]) => row);
  return rows[Math.floor((rows.length - 1) / 2)] ?? 0;
}

/** Between two rows: open where the box goes on below. */
function separator(owner: readonly number[], row: number): string {
  let line = '+';
  const last = Math.min(ROW, owner.length - row * ROW);
  for (let column = 0; column < last; column++) {
    const above = row * ROW + column;
    const goesOn = owner[above] === owner[above + ROW];
    const rightGoesOn =
      goesOn &&
      (column + 1 === ROW || (owner[above + 1] === owner[above] && owner[above + 1 + ROW] === owner[above]));
    line += goesOn ? ' '.repeat(WIDTH - 1) : '-+'.repeat(WIDTH / 2 - 1) + '-';
    line += rightGoesOn && column + 1 < ROW ? ' ' : '+';
  }
  return line;
}

function centred(text: string, width: number): string {
  const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text;
  const left = Math.floor((width - cut.length) / 2);
  return ' '.repeat(left) + cut + ' '.repeat(width - cut.length - left);
}
