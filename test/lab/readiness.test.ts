import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { WorldsAbility } from '../../src/host/index.ts';
import type { LabFile } from '../../src/lab/index.ts';
import { labNames, loadLab } from '../../src/lab/find.ts';
import { readinessOf } from '../../src/lab/readiness.ts';

const able: WorldsAbility = {
  kind: 'namespaces',
  form: 'user',
  rootless: true,
  why: undefined,
  mend: undefined,
};
const onLoopback: WorldsAbility = {
  ...able,
  kind: 'loopback',
  form: undefined,
  why: 'AppArmor forbids user namespaces',
  mend: 'sysctl …=0',
};
const unable: WorldsAbility = { ...onLoopback, kind: 'none', why: 'not Linux', mend: 'a Linux machine' };

const fileOf = async (name: string): Promise<LabFile> => (await loadLab(name)).file;

describe('what doctor says of a lab', () => {
  test('with hosts of their own and every program: yes', async () => {
    expect(readinessOf(await fileOf('06-abnormal-exit'), able, [])).toEqual({
      ...{ lab: '06-abnormal-exit', can: 'yes' },
      ...{ why: undefined, mend: undefined },
    });
  });

  test('on loopback: a lab that can do with it runs there, one that pulls a cable does not; both say why', async () => {
    const { why, mend } = onLoopback;
    expect(readinessOf(await fileOf('01-connect'), onLoopback, [])).toMatchObject({
      can: 'loopback',
      why,
      mend,
    });
    expect(readinessOf(await fileOf('06-abnormal-exit'), onLoopback, [])).toMatchObject({
      can: 'no',
      why,
      mend,
    });
    expect(readinessOf(await fileOf('01-connect'), unable, [])).toMatchObject({
      can: 'no',
      why: 'not Linux',
    });
  });

  test('without a program: its package, each once; another program under its name is named', async () => {
    const file = await fileOf('10-http-keepalive');
    const lacks = [
      { program: 'nginx', package: 'nginx-light' },
      { program: 'curl', package: 'curl' },
    ];
    expect(readinessOf(file, able, lacks)).toMatchObject({
      can: 'no',
      why: expect.stringMatching(/^not installed here: nginx, curl/) as string,
      mend: 'apt-get install nginx-light curl',
    });
    const other = [{ program: 'nc', package: 'netcat-openbsd', found: 'GNU netcat 0.7.1' }];
    expect(readinessOf(file, able, other)).toMatchObject({
      why: expect.stringMatching(/^nc is another program here.*GNU netcat 0\.7\.1/) as string,
      mend: 'apt-get install netcat-openbsd',
    });
  });

  test('every lab whose scenario touches cables, rules or the kernel says that it needs hosts of its own', async () => {
    const touches = /\.cable\(|\.drop\(|\.setSysctls\(/;
    const wrong: string[] = [];
    for (const name of labNames()) {
      const scenario = readFileSync(new URL(`../../labs/${name}/scenario.ts`, import.meta.url), 'utf8');
      const file = await fileOf(name);
      const { can } = readinessOf(file, onLoopback, []);
      if ((touches.test(scenario) || file.sysctls !== undefined) !== (can === 'no'))
        wrong.push(`${name}: ${can}`);
    }
    expect(wrong).toEqual([]);
  });
});
