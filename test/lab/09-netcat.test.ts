import { findProgram } from '../../src/host/programs.ts';
import { labSuite, otherState, printedElse, someLost } from '../helpers/lab-suite.ts';

const skip = findProgram('nc') === undefined ? 'netcat-openbsd is not installed' : '';

await labSuite({
  lab: '09-netcat',
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
