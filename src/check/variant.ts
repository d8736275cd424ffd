import { KitError, text } from '../bytes/index.ts';

/** What a student's number fixes, so that each report has right answers of its own. */
export interface Variant {
  readonly student: string | null;
  readonly port: number;
  readonly subnet: string;
  /** The name that the first client gives itself. */
  readonly clientName: string;
}

/**
 * The variant of a student, or the plain one. `port` is what custom makes of the number (`studentPort`). The subnet is
 * one of 200 and comes from the number's other digits, so that two students of one class seldom share both.
 */
export function variantOf(student: string | undefined, port: number): Variant {
  if (student === undefined) return { student: null, port, subnet: '10.77.0.0/24', clientName: 'client' };
  if (!/^\d{4,20}$/.test(student)) {
    throw new KitError(
      'bad-student-id',
      text(`${JSON.stringify(student)} is no student number`, `${JSON.stringify(student)} 不是学号`),
      {
        fault: 'usage',
      },
    );
  }
  const mixed = mix(student);
  return { student, port, subnet: `10.77.${20 + (mixed % 200)}.0/24`, clientName: `s${student.slice(-4)}` };
}

/** A polynomial over the characters: the same on every machine, and neighbours in the class list differ. */
const mix = (word: string): number =>
  Array.from(word).reduce((sum, character) => (sum * 31 + (character.charCodeAt(0) - 48)) % 1_000_003, 7);

/**
 * A count of the lab's from `low` to `high`, `low` without a student. `what` keeps two numbers of one student apart.
 * Whoever grades computes it again from the student's number.
 */
export function variantNumber(student: string | null, what: string, low: number, high: number): number {
  return student === null ? low : low + (mix(`${what}${student}`) % (high - low + 1));
}
