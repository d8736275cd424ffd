import { defineLab } from '../../src/lab/index.ts';
import { closeSegments, finAckNumber } from './answers.ts';
import { capturesComplete, halfClose, reset, shape, states } from './checks.ts';
import { atOnce, later } from './outcomes.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: { 'captures-complete': capturesComplete, shape, 'half-close': halfClose, reset, states },
  answers: { 'close-segments': closeSegments, 'fin-ack': finAckNumber },
  outcomes: { 'at-once': atOnce, later },
  report,
});
