import { defineLab } from '../../src/lab/index.ts';
import * as answers from './answers.ts';
import {
  capturesComplete,
  clientSide,
  control,
  noFin,
  sendNotices,
  serverSide,
  stillListed,
} from './checks.ts';
import { finArrives, serverThinks } from './outcomes.ts';
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
  outcomes: { 'fin-arrives': finArrives, 'server-thinks': serverThinks },
  answers: { 'dead-port': answers.deadPort, 'rst-seq': answers.rstNumber },
  report,
});
