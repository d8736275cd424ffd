import { defineLab } from '../../src/lab/index.ts';
import * as answers from './answers.ts';
import { capturesComplete, delivered, fast, lostAck, lostOnTheWay, none, sack, timeout } from './checks.ts';
import * as outcomes from './outcomes.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: {
    'captures-complete': capturesComplete,
    'lost-on-the-way': lostOnTheWay,
    delivered,
    none,
    'lost-ack': lostAck,
    timeout,
    fast,
    sack,
  },
  answers: { 'lost-seq': answers.lostSeq, 'longest-gap-ms': answers.longestGapMs },
  outcomes: { 'lost-ack': outcomes.lostAck, timer: outcomes.timer },
  report,
});
