/** `messageJson`, written as bytes; see `segment-bytes.ts`. */
import type { CitedMessage } from './connection.ts';
import { piece, type JsonBytes } from './json-bytes.ts';
import { writeNumbers } from './timeline-bytes.ts';

const SIDE = [piece('{"side":0,"name":'), piece('{"side":1,"name":')] as const;
const SUMMARY = piece(',"summary":');
const OFFSET = piece(',"offset":');
const LENGTH = piece(',"length":');
const NO_FIELDS = piece(',"fields":[],"protocol":');
const FIELDS = piece(',"fields":');
const PROTOCOL = piece(',"protocol":');
const FRAMES = piece(',"frames":[');
const NO_PROBLEM = piece('],"problem":null}');
const PROBLEM = piece('],"problem":');
const END = piece('}');

export function writeMessage(out: JsonBytes, message: CitedMessage): void {
  out.raw(SIDE[message.side]);
  out.word(message.name);
  out.raw(SUMMARY);
  out.text(message.summary);
  out.raw(OFFSET);
  out.number(message.offset);
  out.raw(LENGTH);
  out.number(message.length);
  if (message.fields.length === 0) out.raw(NO_FIELDS);
  else {
    out.raw(FIELDS);
    out.value(message.fields);
    out.raw(PROTOCOL);
  }
  out.word(message.protocol);
  out.raw(FRAMES);
  writeNumbers(out, message.frames);
  if (message.problem === undefined) out.raw(NO_PROBLEM);
  else {
    out.raw(PROBLEM);
    out.text(message.problem);
    out.raw(END);
  }
}
