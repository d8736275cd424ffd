import { defineLab } from '../../src/lab/index.ts';
import { boundaries, capturesComplete, control, framed, naive } from './checks.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: { 'captures-complete': capturesComplete, control, boundaries, naive, framed },
  report,
});
