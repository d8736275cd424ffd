import { createHmac } from 'node:crypto';

/** The code of a line of the examinee's report; the number stops a line from being said twice. */
export const sealOf = (key: string, at: number, line: string): string =>
  createHmac('sha256', key).update(`${at} ${line}`).digest('hex');
