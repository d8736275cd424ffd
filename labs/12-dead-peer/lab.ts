import { defineLab } from '../../src/lab/index.ts';
import * as answers from './answers.ts';
import { capturesComplete, control, heartbeat, idle, keepAlive, send, silence } from './checks.ts';
import * as outcomes from './outcomes.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: {
    'captures-complete': capturesComplete,
    silence,
    'keep-alive': keepAlive,
    send,
    heartbeat,
    idle,
    control,
  },
  answers: { 'probe-count': answers.probeCount, 'probe-seq': answers.probeSeq },
  outcomes: { silence: outcomes.silence, 'living-lost': outcomes.livingLost },
  report,
});
