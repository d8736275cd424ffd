import { KitError } from '../bytes/index.ts';

/**
 * The port that custom gives a student's server: the last four digits of the student's number, so `3200102312` has
 * 2312.
 *
 * @throws KitError `bad-student-id` (usage): fewer than four digits, or digits that make a port below 1024, which an
 * ordinary user may not bind.
 */
export function studentPort(id: string): number {
  const digits = /^\d{4,20}$/.test(id) ? id.slice(-4) : undefined;
  if (digits === undefined) {
    throw new KitError(
      'bad-student-id',
      `${JSON.stringify(id)} is no student number: 4 to 20 digits are needed`,
      {
        fault: 'usage',
        hint: 'Give the number as on the student card, or a port of your choice with --port.',
      },
    );
  }
  const port = Number(digits);
  if (port < 1024) {
    throw new KitError(
      'bad-student-id',
      `${id} ends in ${digits}, and ports below 1024 are kept for the system`,
      { fault: 'usage', hint: `Choose another port with --port, for example ${10_000 + port}.` },
    );
  }
  return port;
}
