import { defineLab } from '../../src/lab/index.ts';
import { bytesSent, requestSegments } from './answers.ts';
import { allAnswered, allSent, answersMatch, capturesComplete, statesAgree, streamsEqual } from './checks.ts';
import { segmentsNagle, segmentsPlain } from './outcomes.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: {
    'captures-complete': capturesComplete,
    'all-sent': allSent,
    'all-answered': allAnswered,
    'answers-match': answersMatch,
    'streams-equal': streamsEqual,
    'states-agree': statesAgree,
  },
  answers: { 'bytes-sent': bytesSent, 'request-segments': requestSegments },
  outcomes: { 'segments-plain': segmentsPlain, 'segments-nagle': segmentsNagle },
  report,
});
