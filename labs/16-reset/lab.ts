import { defineLab } from '../../src/lab/index.ts';
import { abort, answers, capturesComplete, halfOpen, late, nothingLeft, refused, unread } from './checks.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: {
    'captures-complete': capturesComplete,
    refused,
    unread,
    abort,
    late,
    'half-open': halfOpen,
    answers,
    'nothing-left': nothingLeft,
  },
  report,
});
