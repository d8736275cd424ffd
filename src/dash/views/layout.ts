/** Where everything stands, on a screen of any size. */
export interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Layout {
  /** Rows of the table, its head not among them. */
  readonly table: Rect;
  readonly lines: Rect | undefined;
  readonly bars: Rect | undefined;
  readonly log: Rect | undefined;
  readonly ladder: Rect | undefined;
}

/** Two lines of heading and the table's head. */
const ABOVE = 3;
/** The keys. */
const BELOW = 1;
const CHARTS = 8;
/** From here on there is room for more than the table. */
const ENOUGH = { columns: 70, rows: 20 } as const;
export const LEAST = { columns: 30, rows: 6 } as const;

export function layoutOf(columns: number, rows: number, screen: 'all' | 'log' | 'ladder'): Layout {
  const room = rows - ABOVE - BELOW;
  const nothing = { lines: undefined, bars: undefined, log: undefined, ladder: undefined };
  const whole: Rect = { left: 0, top: ABOVE - 1, width: columns, height: room + 1 };
  if (screen === 'log') return { ...nothing, table: { ...whole, height: 0 }, log: whole };
  if (screen === 'ladder') return { ...nothing, table: { ...whole, height: 0 }, ladder: whole };
  if (columns < ENOUGH.columns || rows < ENOUGH.rows) {
    return { ...nothing, table: { left: 0, top: ABOVE, width: columns, height: room } };
  }
  const charts = CHARTS + Math.min(5, Math.max(0, Math.floor((rows - 24) / 6)));
  const lower = Math.max(6, Math.floor((room - charts) * 0.45));
  const tableHeight = room - charts - lower;
  const middle = ABOVE + tableHeight;
  const bottom = middle + charts;
  const barsWidth = Math.min(44, Math.floor(columns * 0.45));
  const half = Math.floor(columns / 2);
  return {
    table: { left: 0, top: ABOVE, width: columns, height: tableHeight },
    lines: { left: 0, top: middle, width: columns - barsWidth, height: charts },
    bars: { left: columns - barsWidth, top: middle, width: barsWidth, height: charts },
    log: { left: 0, top: bottom, width: half, height: lower },
    ladder: { left: half, top: bottom, width: columns - half, height: lower },
  };
}
