import { findProgram, packageOf } from '../host/index.ts';
import type { LabFile } from './lab-file.ts';

/** A program that a lab needs and this machine does not have. */
export interface Lack {
  readonly program: string;
  /** Debian's package that holds it. */
  readonly package: string;
}

/** What is missing here of the programs that a lab's `needs` names; empty when it can run. */
export const lacking = ({ needs = [] }: LabFile): Lack[] =>
  needs
    .filter((program) => findProgram(program) === undefined)
    .map((program) => ({ program, package: packageOf(program) }));
