import { defineLab } from '../../src/lab/index.ts';
import { answered, both, capturesComplete, held, others } from './checks.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: { 'captures-complete': capturesComplete, answered, held, both, others },
  report,
});
