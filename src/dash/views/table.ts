/** Clients and their sockets. */
import { fit, type Line, type Style } from '../cells.ts';
import type { Connection, Snapshot } from '../snapshot.ts';
import type { Ui } from '../ui.ts';
import type { Words } from '../words.ts';
import { type Column, columnsFor, listed } from './columns.ts';

const HEAD: Style = { fg: 0, bg: 2 };
const CHOSEN: Style = { fg: 0, bg: 6 };

/** The head, and `height` rows: those around the chosen one. */
export function tableView(snapshot: Snapshot, ui: Ui, words: Words, width: number, height: number): Line[] {
  const columns = columnsFor(
    width,
    snapshot.connections.some(({ host }) => host !== ''),
    ui.sort,
    words,
  );
  const rows = listed(snapshot, ui);
  const at = rows.findIndex(({ key }) => key === ui.chosen);
  const first = Math.max(0, Math.min(at - Math.floor(height / 2), rows.length - height));
  const shown = rows.slice(first, first + height);
  const body = shown.map((row) => rowLine(row, snapshot, columns, row.key === ui.chosen));
  if (rows.length === 0 && height > 0) body.push([{ text: fit(words.none, width) }]);
  return [headLine(columns, ui, words), ...body];
}

function headLine(columns: readonly Column[], ui: Ui, words: Words): Line {
  const spans = columns.map(({ id, width, align }, index) => {
    const mark = id === ui.sort ? (ui.descending ? '▽' : '△') : '';
    const text = fit(words.columns[id] + mark, width, align);
    return { text: index === 0 ? text : ` ${text}`, style: id === ui.sort ? { ...HEAD, bold: true } : HEAD };
  });
  return [...spans, { text: '', style: HEAD }];
}

function rowLine(row: Connection, snapshot: Snapshot, columns: readonly Column[], chosen: boolean): Line {
  const spans = columns.map((column, index) => {
    const text = fit(column.text(row, snapshot), column.width, column.align);
    const style = chosen
      ? CHOSEN
      : column.id === 'state' || column.id === 'peer'
        ? stateStyle(column.text(row, snapshot))
        : {};
    return { text: index === 0 ? text : ` ${text}`, style };
  });
  return chosen ? [...spans, { text: '', style: CHOSEN }] : spans;
}

/** Green: open; yellow: on its way out or in; red: something is owed by the other end. */
export function stateStyle(state: string): Style {
  switch (state) {
    case 'ESTABLISHED':
      return { fg: 2 };
    case 'LISTEN':
      return { fg: 6 };
    case 'TIME_WAIT':
      return { fg: 3 };
    case 'CLOSE_WAIT':
    case 'FIN_WAIT2':
      return { fg: 1, bold: true };
    case '-':
      return {};
    default:
      return { fg: 3, bold: true };
  }
}
