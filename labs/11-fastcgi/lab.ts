import { defineLab } from '../../src/lab/index.ts';
import { answers, capturesComplete, closes, logLines, parameters, records, states } from './checks.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: {
    'captures-complete': capturesComplete,
    records,
    parameters,
    'log-lines': logLines,
    answers,
    closes,
    states,
  },
  report,
});
