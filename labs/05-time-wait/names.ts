import { text, type Text } from '../../src/check/index.ts';
import type { Role } from './scenario.ts';

/** What a report calls each of them. */
export const NAMES: Record<Role, Text> = {
  'client-first': text('the client closes first', '客户端先关闭'),
  'server-first': text('the server closes first', '服务器先关闭'),
};
