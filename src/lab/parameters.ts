import { variantNumber } from '../check/index.ts';
import type { LabFile } from './lab-file.ts';

/**
 * The parameters of a student's run: those of lab.yaml, each that `varies` moved up by the student's number. Pure, so
 * that whoever grades has them from the number alone. The plain ones without a student.
 */
export function parametersOf(
  { lab, parameters, varies = {} }: Pick<LabFile, 'lab' | 'parameters' | 'varies'>,
  student: string | null,
): LabFile['parameters'] {
  const moved = Object.entries(varies).map(([name, most]) => [
    name,
    variantNumber(student, `${lab} ${name}`, Number(parameters[name]), most),
  ]);
  return { ...parameters, ...(Object.fromEntries(moved) as Record<string, number>) };
}
