import { describe, expect, test } from 'vitest';
import { lacks } from '../host/support/perform.ts';
import { wrongs } from '../zoo/judge.ts';
import { grading, program } from '../helpers/programs.ts';

/** The kit's own server is graded as a student's is, under each description that comes with it. */
const CHATD = program('bin/chatd');
const { gradeServer } = await grading();
const BOUND_MS = 600_000;

/** What each protocol has no words for; everything else is tried and passes. */
const LACKS: Readonly<Record<string, readonly string[]>> = {
  clp: [],
  struct264: ['heartbeat', 'numbers', 'names', 'sender'],
  lines: ['names'],
  aligned: ['names'],
  tlv: [],
};

describe.skipIf(lacks !== '').concurrent(`chatd, graded${lacks}`, () => {
  test.each(Object.entries(LACKS))(
    'under %s it passes everything',
    async (protocol, lacking) => {
      const flags = ['--host', '{host}', '--port', '{port}', '--protocol', protocol, '--log-level', 'error'];
      const grade = await gradeServer({ command: [process.execPath, CHATD, 'run', ...flags], protocol });
      expect(wrongs(grade, undefined)).toEqual([]);
      const untried = grade.checks.filter(({ verdict }) => verdict !== 'pass');
      expect(untried.map(({ id, because }) => `${id} ${because ?? ''}`)).toEqual(
        lacking.map((id) => `${id} does-not-apply`),
      );
    },
    BOUND_MS,
  );
});
