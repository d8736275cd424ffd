import { NETSTAT_COLUMNS, netstatCells, renderNetstat } from '../../check/index.ts';
import type { SocketRow } from '../../host/index.ts';
import { shownAs } from '../../repl/index.ts';
import { displayedAs, tableHtml } from '../mime.ts';

/** Sockets of several hosts, in netstat's columns; `rows` has all that the kernel said. */
export class SocketTable {
  readonly rows: readonly (SocketRow & { readonly host: string })[];

  constructor(found: readonly { readonly host: string; readonly row: SocketRow }[]) {
    this.rows = found.map(({ host, row }) => ({ host, ...row }));
    const text = (): string =>
      found.length === 0
        ? 'no TCP sockets'
        : [...new Set(found.map(({ host }) => host))]
            .map(
              (name) =>
                `${name}\n${renderNetstat(found.filter(({ host }) => host === name).map(({ row }) => row))}`,
            )
            .join('\n\n');
    shownAs(this, text);
    displayedAs(this, () => ({ 'text/plain': text(), 'text/html': this.#html(found) }));
  }

  /** The states on one host, in the table's order: `['LISTEN', 'ESTABLISHED']`. */
  states(host: string): string[] {
    return this.rows.filter((row) => row.host === host).map(({ state }) => state);
  }

  #html(found: readonly { readonly host: string; readonly row: SocketRow }[]): string {
    if (found.length === 0) return '<p>no TCP sockets</p>';
    return tableHtml(
      found.map(({ host, row }) => {
        const cells = netstatCells(row);
        return { Host: host, ...Object.fromEntries(NETSTAT_COLUMNS.map((name, at) => [name, cells[at]])) };
      }),
    );
  }
}
