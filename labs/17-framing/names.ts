import { text, type Text } from '../../src/check/index.ts';
import type { Greeting, Way } from './scenario.ts';

/** What a report calls each of them. */
export const NAMES: Record<Way, Text> = {
  apart: text('apart (control)', '分开（对照）'),
  joined: text('joined on the way', '途中合并'),
  split: text('split on the way', '途中拆分'),
};

export const GREETS: Record<Greeting, Text> = {
  'greeting apart': text('struct264, greeting and time apart', 'struct264，问候语与时间分开'),
  'greeting joined': text('struct264, greeting and time joined', 'struct264，问候语与时间合并'),
};
