import { defineLab } from '../../src/lab/index.ts';
import {
  capturesComplete,
  clientSide,
  control,
  noFin,
  sendNotices,
  serverSide,
  stillListed,
} from './checks.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: {
    'captures-complete': capturesComplete,
    'no-fin': noFin,
    'client-side': clientSide,
    'server-side': serverSide,
    'still-listed': stillListed,
    'send-notices': sendNotices,
    control,
  },
  report,
});
