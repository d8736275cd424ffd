import { defineLab } from '../../src/lab/index.ts';
import { capturesComplete, howLong, reuse, timer, whoWaits } from './checks.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: { 'captures-complete': capturesComplete, 'who-waits': whoWaits, timer, 'how-long': howLong, reuse },
  report,
});
