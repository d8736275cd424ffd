import { createRequire } from 'node:module';

let measure: ((text: string) => number) | undefined;

/**
 * Columns that `text` takes on a terminal. The library is loaded when the first text is measured: its patterns of all
 * emoji take longer to compile than most scripts take to run.
 */
export function stringWidth(text: string): number {
  measure ??= (createRequire(import.meta.url)('string-width') as { default: (text: string) => number })
    .default;
  return measure(text);
}
