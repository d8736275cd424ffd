import { defineLab } from '../../src/lab/index.ts';
import { capturesComplete, control, heartbeat, idle, keepAlive, send, silence } from './checks.ts';
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
  report,
});
