import { defineLab } from '../../src/lab/index.ts';
import * as keys from './answers.ts';
import { answers, capturesComplete, closes, logLines, parameters, records, states } from './checks.ts';
import * as outcomes from './outcomes.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: {
    'captures-complete': capturesComplete,
    records,
    parameters,
    'log-lines': logLines,
    answers,
    closes,
    states,
  },
  answers: { 'stderr-bytes': keys.stderrBytes, 'nginx-port': keys.nginxPort },
  outcomes: { 'way-of-log': outcomes.wayOfLog, 'kept-connections': outcomes.keptConnections },
  report,
});
