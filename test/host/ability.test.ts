import { expect, test } from 'vitest';
import { explainRefusal, type MachineFacts } from '../../src/host/ability-why.ts';
import type { WorldsAbility } from '../../src/host/index.ts';
import { ability, lacks, perform } from './support/perform.ts';

const facts = (settings: Record<string, string>, more: Partial<MachineFacts> = {}): MachineFacts => ({
  isRoot: false,
  isContainer: false,
  sysctl: (name) => settings[name],
  ...more,
});

const APPARMOR = 'kernel.apparmor_restrict_unprivileged_userns';

test.each<[string, MachineFacts, string]>([
  ['Ubuntu 24.04', facts({ [APPARMOR]: '1' }), `sudo sysctl -w ${APPARMOR}=0`],
  [
    'old Debian',
    facts({ 'kernel.unprivileged_userns_clone': '0' }),
    'sudo sysctl -w kernel.unprivileged_userns_clone=1',
  ],
  [
    'switched off',
    facts({ 'user.max_user_namespaces': '0' }),
    'sudo sysctl -w user.max_user_namespaces=15000',
  ],
  ['a container', facts({}, { isContainer: true, isRoot: true }), 'start the container with --privileged'],
  ['unknown', facts({}), 'run the lab as root, or on a machine of your own'],
  // Root is not meant by AppArmor's restriction, so that is not the reason.
  ['root on Ubuntu', facts({ [APPARMOR]: '1' }, { isRoot: true }), 'run the lab on a machine of your own'],
])('the line that mends it: %s', (_name, machine, mend) => {
  const explained = explainRefusal('unshare failed: Operation not permitted', machine);
  expect(explained.mend).toBe(mend);
  expect(explained.why).toContain('unshare failed: Operation not permitted');
});

test('the probe names a kind, and a reason and a remedy for all that is less than namespaces', () => {
  if (ability.kind === 'namespaces') expect(ability).toMatchObject({ why: undefined, mend: undefined });
  else expect([typeof ability.why, typeof ability.mend]).toEqual(['string', 'string']);
});

test.skipIf(lacks !== '')(`worlds can be made inside a world${lacks}`, async () => {
  expect(await perform<WorldsAbility>('refused', { by: 'nothing' })).toMatchObject({ kind: 'namespaces' });
});

test.skipIf(lacks !== '')(`where the kernel's limit forbids them, the probe says so${lacks}`, async () => {
  const probed = await perform<WorldsAbility>('refused', { by: 'limit' });
  expect(probed).toMatchObject({
    kind: 'loopback',
    mend: 'sudo sysctl -w user.max_user_namespaces=15000',
  });
  expect(probed.why).toContain('unshare');
});

test.skipIf(lacks !== '')(`where a part of /proc is covered, the probe says so${lacks}`, async () => {
  const probed = await perform<WorldsAbility>('refused', { by: 'masked proc' });
  expect(probed.kind).toBe('loopback');
  expect(probed.why).toMatch(/mount.*proc/);
});
