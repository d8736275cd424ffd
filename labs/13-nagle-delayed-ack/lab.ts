import { defineLab } from '../../src/lab/index.ts';
import * as answers from './answers.ts';
import { answered, both, capturesComplete, held, others } from './checks.ts';
import * as outcomes from './outcomes.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: { 'captures-complete': capturesComplete, answered, held, both, others },
  answers: { 'part-bytes': answers.partBytes, 'last-ack': answers.lastAck },
  outcomes: { 'who-waits': outcomes.whoWaits },
  report,
});
