import { expect, test } from 'vitest';
import { ability, ACTORS, nobodyLacks, perform } from './support/perform.ts';

/** An address of its own for each run, since all share the machine's loopback. */
const subnet = (): string => `10.${64 + (process.pid % 128)}.${Math.floor(Math.random() * 256)}.0/24`;

for (const as of ACTORS) {
  const lacks =
    ability.kind === 'none'
      ? ` (skipped: ${ability.why ?? ''})`
      : as === 'nobody' && nobodyLacks !== ''
        ? ` (skipped: ${nobodyLacks})`
        : '';
  test.skipIf(lacks !== '')(`two hosts on one loopback, as ${as}${lacks}`, async () => {
    const network = subnet();
    const got = await perform<Record<string, unknown>>(
      'shared-loopback',
      { subnet: network },
      { as, kind: 'loopback' },
    );
    const address = (last: number): string => network.replace(/^10/, '127').replace('0/24', String(last));
    const isRoot = as === 'self' && process.geteuid?.() === 0;
    expect(got).toMatchObject({
      kind: 'loopback',
      addresses: [address(1), address(2)],
      local: [[address(1)], [address(2)]],
      captured: isRoot ? 'no error' : 'machine capture-not-permitted',
      cable: 'machine needs-namespaces',
      drop: 'machine needs-namespaces',
      sysctl: 'machine needs-namespaces',
      namespaces: 'machine needs-namespaces',
    });
    if (isRoot) expect(got['stats']).toMatchObject({ dropped: 0 });
  });
}
