import { defineLab } from '../../src/lab/index.ts';
import * as keys from './answers.ts';
import { answers, capturesComplete, listIsRight, marked, unknownNumber, wayOfText } from './checks.ts';
import * as outcomes from './outcomes.ts';
import { report } from './report.ts';
import { scenario } from './scenario.ts';

export default defineLab({
  scenario,
  checks: {
    'captures-complete': capturesComplete,
    answers,
    list: listIsRight,
    marked,
    way: wayOfText,
    unknown: unknownNumber,
  },
  answers: { 'listed-port': keys.listedPort, 'delivery-seq': keys.deliverySeq },
  outcomes: { 'connections-of-text': outcomes.connectionsOfText, 'unknown-number': outcomes.unknownNumber },
  report,
});
