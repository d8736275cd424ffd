import { findProgram } from '../../src/host/programs.ts';
import { labSuite, otherState, someLost } from '../helpers/lab-suite.ts';
import type { Forgery } from '../helpers/lab-suite.ts';

const skip = findProgram('nc') === undefined ? 'netcat-openbsd is not installed' : '';

/** Changes what one program printed. */
const printedElse = (
  name: string,
  process: string,
  from: RegExp,
  to: string,
  verdicts: Forgery['verdicts'],
): Forgery => ({
  name,
  change: (files) => {
    let left = 1;
    return files.lines('calls.jsonl', (record) => {
      const { line } = (record['fields'] ?? {}) as { line?: string };
      if (record['process'] !== process || line === undefined || !from.test(line) || left-- <= 0)
        return record;
      return { ...record, fields: { line: line.replace(from, to) } };
    });
  },
  verdicts,
});

await labSuite({
  lab: '09-netcat',
  asNobody: true,
  skip,
  forgeries: [
    someLost,
    printedElse('find a client that was not refused', 'nc-too-early', /refused/, 'accepted', {
      refused: 'fail',
    }),
    printedElse('find a line that the server printed otherwise', 'nc-server', /says/, 'said', {
      life: 'fail',
    }),
    printedElse('find a flag that was not printed', 'tcpdump', /Flags \[P\.\]/, 'Flags [.]', {
      printed: 'fail',
    }),
    otherState(
      'do not prefer one witness when kernel and packets disagree',
      'over',
      'TIME_WAIT',
      'FIN_WAIT2',
      { states: 'ungradable' },
    ),
  ],
});
