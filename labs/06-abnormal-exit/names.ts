import { text, type Text } from '../../src/check/index.ts';
import type { Way } from './scenario.ts';

/** What a report calls each of them. */
export const NAMES: Record<Way, Text> = {
  exit: text('the program exits', '程序退出'),
  kill: text('the program is killed (SIGKILL)', '程序被杀死（SIGKILL）'),
  close: text('the program closes its socket', '程序关闭套接字'),
  control: text('control: killed, cable back at once', '对照：被杀死，立即插线'),
};
