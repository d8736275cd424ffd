import { defineLab } from '../../src/lab/index.ts';
import { atOnce, capturesComplete, nothingLost, nothingMixed } from './checks.ts';
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
  report,
});
