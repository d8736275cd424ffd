import { createRequire } from 'node:module';

const PRINTABLE_ASCII = /^[ -~]*$/;
let measure: ((text: string) => number) | undefined;

/**
 * Columns that `text` takes on a terminal. The library is loaded when the first text is measured that is not plain ASCII:
 * its patterns of all emoji take longer to compile than most commands take to run.
 */
export function stringWidth(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length;
  measure ??= (createRequire(import.meta.url)('string-width') as { default: (text: string) => number })
    .default;
  return measure(text);
}
