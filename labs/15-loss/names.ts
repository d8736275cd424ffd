import { text, type Text } from '../../src/check/index.ts';
import type { Case } from './scenario.ts';

/** What a report calls each of them. */
export const NAMES: Record<Case, Text> = {
  none: text('nothing is lost (control)', '什么都不丢（对照）'),
  'lost-ack': text('one ACK is lost', '丢失一个 ACK'),
  timeout: text('a line alone is lost again and again', '单独的一行连续丢失'),
  fast: text('two of a burst are lost, with SACK', '一串中丢失两个，使用 SACK'),
  'fast-no-sack': text('two of a burst are lost, without SACK', '一串中丢失两个，不使用 SACK'),
};
