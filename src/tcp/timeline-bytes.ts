/** Events of a timeline, written as bytes; see `segment-bytes.ts`. */
import { piece, type JsonBytes } from './json-bytes.ts';
import type { TimelineEvent } from './timeline.ts';

const COMMA = piece(',');
const SINCE = piece('{"sinceNs":');
const FRAMES = piece(',"frames":[');
const COUNT = piece('],"frameCount":');
const LAST = piece(',"lastFrame":');
const SIDE = [piece(',"side":0,"text":'), piece(',"side":1,"text":')] as const;
const END = piece('}');

export function writeEvent(out: JsonBytes, event: TimelineEvent): void {
  out.raw(SINCE);
  out.number(event.sinceNs);
  out.raw(FRAMES);
  writeNumbers(out, event.frames);
  out.raw(COUNT);
  out.number(event.frameCount);
  out.raw(LAST);
  out.number(event.lastFrame);
  out.raw(SIDE[event.side]);
  out.text(event.text);
  out.raw(END);
}

/** With commas between them. */
export function writeNumbers(out: JsonBytes, numbers: readonly number[]): void {
  for (let i = 0; i < numbers.length; i++) {
    if (i > 0) out.raw(COMMA);
    out.number(numbers[i] ?? 0);
  }
}
