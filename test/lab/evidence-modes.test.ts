/** On a lab machine that many share: who else can read what a student has measured and answered. */
import { lstatSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect } from 'vitest';
import { testUnless } from '../helpers/skip.ts';
import { asNobody, chatLab, isRoot, scratch } from '../helpers/lab.ts';
import { probeWorlds } from '../../src/host/index.ts';
import { execaSync } from 'execa';

const ability = await probeWorlds();
const why = ability.kind === 'namespaces' ? undefined : (ability.why ?? 'no namespaces');

testUnless(
  why,
  'the directory of a run is its owner’s alone, and so is every file in it, whatever the umask was',
  async () => {
    const run = join(scratch(), 'runs', '1');
    const umask0 = ['sh', '-c', 'umask 0 && exec "$@"', 'sh'];
    expect(await chatLab(['run', '1', '--out', run], { launcher: umask0 })).toMatchObject({ code: 0 });
    const inside = readdirSync(run, { recursive: true, encoding: 'utf8' }).map((name) => join(run, name));
    expect(inside.some((path) => path.endsWith('.pcap'))).toBe(true);
    expect(inside.some((path) => path.endsWith('report.md'))).toBe(true);
    const open = [run, join(run, '..'), ...inside].filter((path) => (lstatSync(path).mode & 0o077) !== 0);
    expect(open.map((path) => relative(run, path))).toEqual([]);
    if (!isRoot) return;
    const [program, ...args] = asNobody;
    const other = execaSync(program, [...args, 'cat', join(run, 'evidence.json')], { reject: false });
    expect(other.stderr).toContain('Permission denied');
  },
  180_000,
);
