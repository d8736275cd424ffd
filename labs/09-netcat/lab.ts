import { defineLab } from '../../src/lab/index.ts';
import { capturesComplete, lifeOfLine, printed, refused, states } from './checks.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: { 'captures-complete': capturesComplete, refused, life: lifeOfLine, printed, states },
  report,
});
