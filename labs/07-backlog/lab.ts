import { defineLab } from '../../src/lab/index.ts';
import * as answers from './answers.ts';
import { afterwards, capturesComplete, connectsSucceed, oneMore, queue } from './checks.ts';
import { howMany } from './outcomes.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: {
    'captures-complete': capturesComplete,
    'connects-succeed': connectsSucceed,
    queue,
    'one-more': oneMore,
    afterwards,
  },
  outcomes: { 'how-many': howMany },
  answers: { connected: answers.howManyConnected, 'last-syn': answers.lastSyn },
  report,
});
