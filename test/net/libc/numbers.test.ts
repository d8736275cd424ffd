import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CONSTANTS } from '../../../src/net/libc/constants.ts';
import { ERRNO } from '../../../src/net/libc/errno.ts';
import { testUnless } from '../../helpers/skip.ts';
import { tempFolder } from '../../helpers/temp.ts';

const noCompiler = spawnSync('cc', ['--version']).error ? 'no cc' : undefined;

/** What a C program prints that is compiled with the headers of this machine. */
function askC(includes: readonly string[], expressions: readonly string[]): Record<string, number> {
  const folder = tempFolder();
  const lines = expressions.map((one) => `  printf("%s %ld\\n", ${JSON.stringify(one)}, (long)(${one}));`);
  const source = [
    '#define _GNU_SOURCE',
    ...includes.map((name) => `#include <${name}>`),
    '#include <stdio.h>',
    '#include <stddef.h>',
    'int main(void) {',
    ...lines,
    '}',
  ];
  writeFileSync(join(folder, 'ask.c'), source.join('\n'));
  execFileSync('cc', ['-o', 'ask', 'ask.c'], { cwd: folder });
  const answers = execFileSync(join(folder, 'ask'), { encoding: 'utf8' }).trim().split('\n');
  return Object.fromEntries(
    answers.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

const HEADERS = [
  ...['sys/socket.h', 'sys/ioctl.h', 'netinet/in.h', 'poll.h', 'sys/epoll.h', 'sys/time.h'],
  'sys/eventfd.h',
];

testUnless(noCompiler, 'every constant is what the C compiler says', () => {
  const numbers = Object.fromEntries(
    Object.entries(CONSTANTS).filter(([, value]) => typeof value === 'number'),
  );
  expect(askC([...HEADERS, 'netinet/tcp.h'], Object.keys(numbers))).toEqual(numbers);
});

testUnless(noCompiler, 'the structures have the sizes and offsets that are written here', () => {
  const layout = {
    'sizeof(struct sockaddr_in)': 16,
    'offsetof(struct sockaddr_in, sin_port)': 2,
    'offsetof(struct sockaddr_in, sin_addr)': 4,
    'sizeof(struct sockaddr_in6)': 28,
    'offsetof(struct sockaddr_in6, sin6_addr)': 8,
    'offsetof(struct sockaddr_in6, sin6_scope_id)': 24,
    'sizeof(struct sockaddr_storage)': 128,
    'sizeof(struct pollfd)': 8,
    'offsetof(struct pollfd, events)': 4,
    'offsetof(struct pollfd, revents)': 6,
    'sizeof(struct epoll_event)': process.arch === 'x64' ? 12 : 16,
    'offsetof(struct epoll_event, data)': process.arch === 'x64' ? 4 : 8,
    'sizeof(((struct epoll_event *)0)->data)': 8,
    ...{ EPOLL_CTL_ADD: 1, EPOLL_CTL_DEL: 2, EPOLL_CTL_MOD: 3, EPOLL_CLOEXEC: 0o2000000 },
    ...{ EPOLLIN: 0x001, EPOLLOUT: 0x004, EPOLLERR: 0x008, EPOLLHUP: 0x010 },
    'sizeof(struct linger)': 8,
    'sizeof(struct timeval)': 16,
    'offsetof(struct timeval, tv_usec)': 8,
    'sizeof(nfds_t)': 8,
    'sizeof(socklen_t)': 4,
    'sizeof(ssize_t)': 8,
    EFD_NONBLOCK: 0o4000,
    EFD_CLOEXEC: 0o2000000,
    FIONREAD: 0x541b,
    TIOCOUTQ: 0x5411,
  };
  expect(askC(HEADERS, Object.keys(layout))).toEqual(layout);
  const info = {
    'offsetof(struct tcp_info, tcpi_state)': 0,
    'offsetof(struct tcp_info, tcpi_retransmits)': 2,
    'offsetof(struct tcp_info, tcpi_probes)': 3,
    'offsetof(struct tcp_info, tcpi_rto)': 8,
    'offsetof(struct tcp_info, tcpi_snd_mss)': 16,
    'offsetof(struct tcp_info, tcpi_rcv_mss)': 20,
    'offsetof(struct tcp_info, tcpi_unacked)': 24,
    'offsetof(struct tcp_info, tcpi_sacked)': 28,
    'offsetof(struct tcp_info, tcpi_lost)': 32,
    'offsetof(struct tcp_info, tcpi_rtt)': 68,
    'offsetof(struct tcp_info, tcpi_rttvar)': 72,
    'offsetof(struct tcp_info, tcpi_snd_cwnd)': 80,
    'offsetof(struct tcp_info, tcpi_total_retrans)': 100,
  };
  expect(askC(['linux/tcp.h'], Object.keys(info))).toEqual(info);
});

test('every errno has the number that this system gives it, and a meaning in both languages', () => {
  for (const { name, number, en, zh } of ERRNO) {
    const known = constants.errno[name as keyof typeof constants.errno] as number | undefined;
    // libuv has no name for a few of them; C has, and the compiler was asked above for what counts.
    if (known !== undefined) expect({ name, number }).toEqual({ name, number: known });
    expect(en).toMatch(/^[a-z].{8,}$/);
    expect(zh).toMatch(/\p{sc=Han}{2,}/u);
  }
});

testUnless(noCompiler, 'and the C compiler agrees on each', () => {
  const numbers = Object.fromEntries(ERRNO.map(({ name, number }) => [name, number]));
  expect(askC(['errno.h'], Object.keys(numbers))).toEqual(numbers);
});
