import { text, type Text } from '../../src/check/index.ts';
import type { Case } from './scenario.ts';

/** What a report calls each of them. */
export const NAMES: Record<Case, Text> = {
  both: text('Nagle and delayed ACK', 'Nagle 与延迟确认'),
  'nagle-only': text('Nagle, ACKs at once', 'Nagle，立即确认'),
  'delay-only': text('no Nagle, delayed ACK', '无 Nagle，延迟确认'),
  neither: text('no Nagle, ACKs at once', '无 Nagle，立即确认'),
  'one-write': text('one write; Nagle and delayed ACK', '一次写入；Nagle 与延迟确认'),
};
