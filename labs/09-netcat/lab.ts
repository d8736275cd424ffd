import { defineLab } from '../../src/lab/index.ts';
import * as answers from './answers.ts';
import { capturesComplete, lifeOfLine, printed, refused, states } from './checks.ts';
import * as outcomes from './outcomes.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: { 'captures-complete': capturesComplete, refused, life: lifeOfLine, printed, states },
  answers: { 'line-seq': answers.lineSeq, 'client-port': answers.clientPort },
  outcomes: { 'nobody-listens': outcomes.nobodyListens, 'who-waits': outcomes.whoWaits },
  report,
});
