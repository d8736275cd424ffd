import { join } from 'node:path';
import { execa } from 'execa';
import { expect } from 'vitest';
import { root } from '../helpers/lab.ts';
import { testUnless } from '../helpers/skip.ts';
import { lacks } from '../host/support/perform.ts';

/** 0x8989 reads the same in either byte order, and is the first that the kernel gives of these two. */
const [SAME, NEXT] = [0x8989, 0x898a];

testUnless(
  lacks === '' ? undefined : lacks,
  'a client for others to list is on no port that reads the same in either byte order',
  async () => {
    const range = `${SAME} ${NEXT}`;
    const enter = `ip link set lo up && echo '${range}' >/proc/sys/net/ipv4/ip_local_port_range && exec "$@"`;
    const program = [process.execPath, join(root, 'test/grade/support/unlike-port.ts')];
    const { stdout } = await execa('unshare', ['-r', '-n', 'sh', '-c', enter, 'sh', ...program]);
    const { tried, kept } = JSON.parse(stdout) as { tried: number[]; kept: number };
    // Were the first one another, this would show nothing.
    expect(tried[0]).toBe(SAME);
    expect(kept).toBe(NEXT);
    expect(tried.at(-1)).toBe(kept);
  },
);
