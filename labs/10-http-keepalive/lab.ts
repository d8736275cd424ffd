import { defineLab } from '../../src/lab/index.ts';
import * as keys from './answers.ts';
import { answers, capturesComplete, segmentsOfAnswer, states, whoCloses } from './checks.ts';
import * as outcomes from './outcomes.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: {
    'captures-complete': capturesComplete,
    answers,
    segments: segmentsOfAnswer,
    closes: whoCloses,
    states,
  },
  answers: { 'body-seq': keys.bodySeq, 'idle-ms': keys.idleMs },
  outcomes: { 'segments-of-answer': outcomes.segmentsOfAnswer, 'client-unaware': outcomes.clientUnaware },
  report,
});
