import { defineLab } from '../../src/lab/index.ts';
import * as answers from './answers.ts';
import { boundaries, capturesComplete, control, framed, greeting, naive } from './checks.ts';
import * as outcomes from './outcomes.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: { 'captures-complete': capturesComplete, control, boundaries, naive, framed, greeting },
  answers: { 'largest-read': answers.largestRead, 'lost-seq': answers.lostSeq },
  outcomes: { 'reads-joined': outcomes.readsJoined },
  report,
});
