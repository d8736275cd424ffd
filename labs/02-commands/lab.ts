import { defineLab } from '../../src/lab/index.ts';
import { answers, capturesComplete, listIsRight, marked, unknownNumber, wayOfText } from './checks.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: {
    'captures-complete': capturesComplete,
    answers,
    list: listIsRight,
    marked,
    way: wayOfText,
    unknown: unknownNumber,
  },
  report,
});
