import { text, type Text } from '../../src/check/index.ts';
import type { Case } from './scenario.ts';

/** What a report calls each of them. */
export const NAMES: Record<Case['id'], Text> = {
  'client-closes': text('the client gives up', '客户端放弃'),
  'server-closes': text('the server gives up', '服务器放弃'),
  together: text('head and body together', '首部与正文合并'),
  'no-keep-alive': text('no keep-alive', '不保持连接'),
};
