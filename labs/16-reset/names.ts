import { text, type Text } from '../../src/check/index.ts';
import type { Case } from './scenario.ts';

/** What a report calls each of them. */
export const NAMES: Record<Case, Text> = {
  'closed-port': text('nobody listens', '无人监听'),
  unread: text('the program exits with unread bytes', '程序退出时有未读字节'),
  'all-read': text('the program exits, everything is read (control)', '程序退出时已全部读取（对照）'),
  abort: text('the client aborts (SO_LINGER 0)', '客户端中止（SO_LINGER 为 0）'),
  late: text('data for a program that is gone', '发给已退出程序的数据'),
  'half-open': text('half-open: the first RST is lost', '半开连接：第一个 RST 丢失'),
};
