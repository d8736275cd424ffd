import { defineLab } from '../../src/lab/index.ts';
import { clientPort, synAckNumber } from './answers.ts';
import { capturesComplete, fourTuples, handshake, listening, ports, states } from './checks.ts';
import { needsBind, samePort } from './outcomes.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: {
    'captures-complete': capturesComplete,
    handshake,
    states,
    listening,
    ports,
    'four-tuples': fourTuples,
  },
  answers: { 'client-port': clientPort, 'syn-ack': synAckNumber },
  outcomes: { 'needs-bind': needsBind, 'same-port': samePort },
  report,
});
