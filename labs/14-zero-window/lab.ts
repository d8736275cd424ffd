import { defineLab } from '../../src/lab/index.ts';
import { alike, capturesComplete, closes, control, probes, reopens } from './checks.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: { 'captures-complete': capturesComplete, closes, probes, alike, reopens, control },
  report,
});
