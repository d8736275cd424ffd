import { defineLab } from '../../src/lab/index.ts';
import * as keys from './answers.ts';
import { abort, answers, capturesComplete, halfOpen, late, nothingLeft, refused, unread } from './checks.ts';
import * as outcomes from './outcomes.ts';
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
  answers: { 'refused-ack': keys.refusedAck, 'late-seq': keys.lateSeq },
  outcomes: { 'unread-bytes': outcomes.unreadBytes, 'late-line': outcomes.lateLine },
  report,
});
