import { defineLab } from '../../src/lab/index.ts';
import * as answers from './answers.ts';
import { alike, capturesComplete, closes, control, probes, reopens } from './checks.ts';
import * as outcomes from './outcomes.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: { 'captures-complete': capturesComplete, closes, probes, alike, reopens, control },
  answers: { 'closing-ack': answers.closingAck, 'send-queue': answers.sendQueue },
  outcomes: { 'while-closed': outcomes.whileClosed, 'hears-of': outcomes.hearsOf },
  report,
});
