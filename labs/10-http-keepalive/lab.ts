import { defineLab } from '../../src/lab/index.ts';
import { answers, capturesComplete, segmentsOfAnswer, states, whoCloses } from './checks.ts';
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
  report,
});
