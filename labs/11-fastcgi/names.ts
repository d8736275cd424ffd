import { text, type Text } from '../../src/check/index.ts';
import type { RequestId, Way } from './scenario.ts';

/** What a report calls each of them. */
export const NAMES: Record<Way, Text> = {
  closed: text('a connection for one request', '一个请求一条连接'),
  kept: text('a connection that is kept', '保持的连接'),
};

export const REQUEST_NAMES: Record<RequestId, Text> = {
  closed: text('closed', '关闭连接的请求'),
  'kept-1': text('kept, first', '保持连接的请求一'),
  'kept-2': text('kept, second', '保持连接的请求二'),
};
