import { defineLab } from '../../src/lab/index.ts';
import * as answers from './answers.ts';
import { capturesComplete, howLong, reuse, timer, whoWaits } from './checks.ts';
import { howLongItStays, whoStays } from './outcomes.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: { 'captures-complete': capturesComplete, 'who-waits': whoWaits, timer, 'how-long': howLong, reuse },
  outcomes: { 'who-stays': whoStays, 'how-long-it-stays': howLongItStays },
  answers: { 'waiting-port': answers.waitingPort, 'seconds-waited': answers.secondsWaited },
  report,
});
