import { appendFileSync, cpSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SANDBOX_LIMITS } from '../../src/host/index.ts';
import { changedRules, kitDigest, rulesOf, rulesText } from '../../src/grade/class/rules.ts';
import { root } from '../helpers/lab.ts';
import { tempFolder } from '../helpers/temp.ts';

test.each(['01-connect/lab.yaml', '01-connect/lab.ts'])(
  'an edited lab is another judge: what was graded by the one before (%s) is graded again, and the reason is named',
  (file) => {
    const labs = join(tempFolder(), 'labs');
    cpSync(join(root, 'labs'), labs, { recursive: true });
    const before = kitDigest('0.1.0', 'other', labs);
    expect(kitDigest('0.1.0', 'other', labs)).toBe(before);
    appendFileSync(join(labs, file), '\n');
    const after = kitDigest('0.1.0', 'other', labs);
    const rules = (kit: string): string =>
      rulesText(rulesOf(kit, { id: 'lab01', kind: 'report', folder: 'lab01', lab: 1 }, SANDBOX_LIMITS));
    // A row of the database counts only while its rules are these (class.ts, isGraded).
    expect(rules(after)).not.toBe(rules(before));
    expect(changedRules(rules(before), rules(after))).toEqual(['kit']);
  },
);
