import fc from 'fast-check';
import { expect, test } from 'vitest';
import { renderNetstat } from '../../src/check/netstat.ts';
import { formatIpv6, parseProcNet, type SocketRow } from '../../src/kernel/socket-row.ts';

/** Lines as Linux 6.18 prints them (x86-64), shortened behind the inode as the kernel does for TIME_WAIT. */
const TITLES =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

const ROW: SocketRow = {
  protocol: 'tcp',
  localAddress: '10.77.0.1',
  localPort: 2312,
  remoteAddress: '10.77.0.2',
  remotePort: 51_402,
  state: 'ESTABLISHED',
  receiveQueueBytes: 0,
  sendQueueBytes: 0,
  timer: 'none',
  timerMs: 0,
  retransmits: 0,
  probes: 0,
  uid: 1000,
  inode: 46_134,
};

const LISTENER: SocketRow = {
  ...ROW,
  remoteAddress: '0.0.0.0',
  remotePort: 0,
  state: 'LISTEN',
  receiveQueueBytes: 3,
};

test.each<[string, string, SocketRow]>([
  [
    'a listener with three connections that wait for accept',
    '   0: 01004D0A:0908 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 46134 1 ff 100 0 0 10 0',
    LISTENER,
  ],
  [
    'an idle connection',
    '   1: 01004D0A:0908 02004D0A:C8CA 01 00000000:00000000 00:00000000 00000000  1000        0 46134 1 ff 20 4 30 10 -1',
    ROW,
  ],
  [
    'data that is sent again, for the second time, the next try in 0.8 s',
    '   1: 01004D0A:0908 02004D0A:C8CA 01 00000107:00000000 01:00000050 00000002  1000        0 46134 2 ff 20 4 30 10 -1',
    { ...ROW, sendQueueBytes: 263, timer: 'retransmit', timerMs: 800, retransmits: 2 },
  ],
  [
    'a keep-alive that was not answered once',
    '   1: 01004D0A:0908 02004D0A:C8CA 01 00000000:00000010 02:00000064 00000000  1000        1 46134 2 ff 20 4 30 10 -1',
    { ...ROW, receiveQueueBytes: 16, timer: 'keepalive', timerMs: 1000, probes: 1 },
  ],
  [
    'a closed window that is probed',
    '   1: 01004D0A:0908 02004D0A:C8CA 01 00000107:00000000 04:00000014 00000000  1000        3 46134 2 ff 20 4 30 10 -1',
    { ...ROW, sendQueueBytes: 263, timer: 'persist', timerMs: 200, probes: 3 },
  ],
  [
    'TIME_WAIT with 59.99 s to go',
    '   2: 01004D0A:0908 02004D0A:C8CA 06 00000000:00000000 03:0000176F 00000000     0        0 0 3 ff',
    { ...ROW, state: 'TIME_WAIT', timer: 'time-wait', timerMs: 59_990, uid: 0, inode: 0 },
  ],
  [
    'a connection that is being opened',
    '   3: 01004D0A:0908 02004D0A:C8CA 03 00000000:00000000 01:00000063 00000000     0        0 0 1 ff',
    { ...ROW, state: 'SYN_RECV', timer: 'retransmit', timerMs: 990, uid: 0, inode: 0 },
  ],
])('%s', (_name, line, row) => {
  expect(parseProcNet(`${TITLES}\n${line}   \n`, 'tcp', true)).toEqual([row]);
});

test('the same row from a big-endian machine', () => {
  const line =
    '   1: 0A4D0001:0908 0A4D0002:C8CA 01 00000000:00000000 00:00000000 00000000  1000        0 46134';
  expect(parseProcNet(`${TITLES}\n${line}\n`, 'tcp', false)).toEqual([ROW]);
});

test.each([
  ['00000000000000000000000000000000', '::'],
  ['00000000000000000000000001000000', '::1'],
  ['0000000000000000FFFF000001004D0A', '::ffff:10.77.0.1'],
  ['000080FE00000000FF000002010000FE', 'fe80::200:ff:fe00:1'],
  ['B80D0120000000000000010001000000', '2001:db8::1:0:0:1'],
])('IPv6 address %s is %s', (hex, address) => {
  const line = `   0: ${hex}:0908 ${'0'.repeat(32)}:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 46134`;
  expect(parseProcNet(`${TITLES}\n${line}\n`, 'tcp6', true)[0]?.localAddress).toBe(address);
});

test('an IPv6 address keeps a single zero group (RFC 5952, section 4.2.2)', () => {
  expect(formatIpv6([0x20, 1, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1])).toBe('2001:0:1:1:1:1:1:1');
});

test('a cut or foreign line is an error that shows it, never a wrong row', () => {
  const line =
    '   1: 01004D0A:0908 02004D0A:C8CA 01 00000000:00000000 00:00000000 00000000  1000        0 46134';
  expect(() => parseProcNet(`${TITLES}\n${line.slice(0, 60)}\n`, 'tcp', true)).toThrow(
    expect.objectContaining({ code: 'bad-proc-net' }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseProcNet(`${TITLES}\n${text}`, 'tcp', true);
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad-proc-net' });
      }
    }),
  );
});

test('rows in the columns of netstat', () => {
  expect(
    renderNetstat([
      LISTENER,
      { ...ROW, protocol: 'tcp6', localAddress: '::ffff:10.77.0.1', remoteAddress: '::ffff:10.77.0.2' },
      { ...ROW, protocol: 'tcp6', localAddress: '::1', remoteAddress: '::', remotePort: 0, state: 'LISTEN' },
    ]),
  ).toBe(
    `
Proto  Recv-Q  Send-Q  Local Address   Foreign Address  State
tcp         3       0  10.77.0.1:2312  0.0.0.0:*        LISTEN
tcp6        0       0  10.77.0.1:2312  10.77.0.2:51402  ESTABLISHED
tcp6        0       0  ::1:2312        :::*             LISTEN`.trimStart(),
  );
});
