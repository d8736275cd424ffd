import { defineLab } from '../../src/lab/index.ts';
import { capturesComplete, delivered, fast, lostAck, lostOnTheWay, none, sack, timeout } from './checks.ts';
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
  report,
});
