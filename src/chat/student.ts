import { KitError, text } from '../bytes/index.ts';

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
      text(
        `${JSON.stringify(id)} is no student number: 4 to 20 digits are needed`,
        `${JSON.stringify(id)} 不是学号：应为 4 到 20 位数字`,
      ),
      {
        fault: 'usage',
        hint: text(
          'Give the number as on the student card, or a port of your choice with --port.',
          '请按学生证给出学号，或用 --port 自选端口。',
        ),
      },
    );
  }
  const port = Number(digits);
  if (port < 1024) {
    throw new KitError(
      'bad-student-id',
      text(
        `${id} ends in ${digits}, and ports below 1024 are kept for the system`,
        `${id} 的末四位是 ${digits}，而 1024 以下的端口留给系统`,
      ),
      {
        fault: 'usage',
        hint: text(
          `Choose another port with --port, for example ${10_000 + port}.`,
          `请用 --port 另选端口，例如 ${10_000 + port}。`,
        ),
      },
    );
  }
  return port;
}
