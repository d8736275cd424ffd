import { defineLab } from '../../src/lab/index.ts';
import * as answers from './answers.ts';
import { atOnce, capturesComplete, nothingLost, nothingMixed } from './checks.ts';
import * as outcomes from './outcomes.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: {
    'captures-complete': capturesComplete,
    'nothing-lost': nothingLost,
    'at-once': atOnce,
    'nothing-mixed': nothingMixed,
  },
  answers: { 'waiting-bytes': answers.waitingBytes, 'third-port': answers.thirdPort },
  outcomes: { 'while-stopped': outcomes.whileStopped },
  report,
});
