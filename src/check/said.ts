import { same, type Text, text } from './text.ts';

/** A socket's state for people: `none`, where the table had no such socket, is no word of netstat's. */
export const absent = (state: string): Text =>
  state === 'none' ? text('no socket', '无套接字') : same(state);

/** What the C socket API calls it, whose names the course teaches; our own programs have words for these. */
const ERRNO: Readonly<Record<string, string>> = {
  'connection-refused': 'ECONNREFUSED',
  'connect-timeout': 'ETIMEDOUT',
  'no-such-address': 'EADDRNOTAVAIL',
  'port-taken': 'EADDRINUSE',
};

const REASONS: readonly (readonly [RegExp, (number: string) => string])[] = [
  [/^(\d+) heartbeats without an answer$/, (count) => `${count} 次心跳没有回答`],
  [/^nothing read for (\d+) ms$/, (ms) => `${ms} 毫秒没有读到任何数据`],
  [/^receiver-gone()$/, () => 'receiver-gone（接收者已离开）'],
  [/^unknown-client()$/, () => 'unknown-client（没有这个客户端）'],
];

/** The error or the reason that a program was told, or told itself. */
export function toldText(told: string): Text {
  if (told === 'none') return text('no error', '没有错误');
  const errno = ERRNO[told];
  if (errno !== undefined) return same(errno);
  for (const [form, zh] of REASONS) {
    const found = form.exec(told);
    if (found !== null) return text(told, zh(found[1] ?? ''));
  }
  return same(told);
}
