import { text, type Text } from '../../src/check/index.ts';
import type { Ending } from './scenario.ts';

/** What a report calls each of them. */
export const NAMES: Record<Ending, Text> = {
  'at-once': text('the server closes at once', '服务器立即关闭'),
  later: text('the server closes after the ACK', '服务器在 ACK 之后关闭'),
  'half-close': text('half-close', '半关闭'),
  abort: text('the client aborts', '客户端中止'),
};
