import { text, type Text } from '../../src/check/index.ts';
import type { Way } from './scenario.ts';

/** What a report calls each of them. */
export const NAMES: Record<Way, Text> = {
  silence: text('nothing (control)', '什么都不做（对照）'),
  'keep-alive': text('TCP keep-alive', 'TCP 保活'),
  send: text('the server sends', '服务器发送'),
  heartbeat: text('a heartbeat of the program', '程序的心跳'),
  idle: text('an idle limit', '空闲时限'),
};
