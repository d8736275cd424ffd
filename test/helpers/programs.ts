/**
 * How tests start the kit's programs: as they are installed, built once for the whole run (built.ts), since a start from
 * sources costs several times as much. That all of it runs from sources, too, is what the tests show that ask for
 * `source`, those that call a room in their own process, and FROM_SOURCES=1, with which nothing is built.
 */
import { join, resolve } from 'node:path';
import type * as Grading from '../../src/grade/index.ts';

const root = resolve(import.meta.dirname, '../..');
const built = process.env['KIT_BUILT'];

/** A program's file: `bin/chatd`, `lab/peer`. */
export const program = (name: string): string =>
  built === undefined ? source(name) : join(built, 'src', `${name}.js`);

/** The same in the checkout, as TypeScript. */
export const source = (name: string): string => join(root, 'src', `${name}.ts`);

/** The room that grades, whose referees and drivers are then such programs, too. */
export const grading = async (): Promise<typeof Grading> =>
  (await import(program('grade/index'))) as typeof Grading;
