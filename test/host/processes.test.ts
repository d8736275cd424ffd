import { expect, test } from 'vitest';
import { lacks, perform } from './support/perform.ts';

type Result = Record<string, unknown> & { ipcPid: number; settings: Record<string, string | number> };

test.skipIf(lacks !== '')(`processes on hosts: pids, messages, signals, bounds, ends${lacks}`, async () => {
  const got = await perform<Result>('processes');
  expect(got['answer']).toEqual({ message: { question: 'where?' }, pid: got.ipcPid });
  expect(got['signalled']).toEqual({ signal: 'SIGUSR2' });
  expect(got['loud']).toEqual({ code: 0, bytes: 1000 });
  expect(got['forced']).toEqual({ signal: 'SIGKILL' });
  expect(got['abortedEnd']).toEqual({ signal: 'SIGTERM' });
  expect(got['stoppedEnd']).toEqual({ signal: 'SIGTERM' });
  expect(got['cat']).toBe('through cat\n');
  expect(got['networks']).toBe(3);
  // Its child holds the pipe; its own end is what counts.
  expect(got['daemonEnd']).toEqual({ code: 0 });
  expect(got['errors']).toEqual({
    missing: 'machine no-program',
    tooEarly: 'machine process-ended',
    tooLate: 'machine not-in-time',
    neverSaid: 'machine not-in-time',
    unknownHost: 'usage no-host',
    sysctlName: 'usage bad-sysctl',
    sysctlPath: 'usage bad-sysctl',
    sysctlUnknown: 'machine no-sysctl',
    sysctlValue: 'machine no-sysctl',
  });
  expect(got['after']).toEqual(
    Object.fromEntries(Object.entries(got.settings).map(([name, value]) => [name, String(value)])),
  );
  expect(got['other']).toEqual(got['before']);
  // A RST must not end TIME_WAIT on any host (RFC 1337): labs look for it.
  expect(got['steady']).toEqual([{ 'net.ipv4.tcp_rfc1337': 1 }, { 'net.ipv4.tcp_rfc1337': '1' }]);
  expect(got['leftEnd']).toEqual({ signal: 'SIGKILL' });
  expect(got['gone']).toEqual([true, true]);
  expect(got['afterClose']).toBe('machine host-gone');
});
