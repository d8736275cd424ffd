/** `segmentJson`, written as bytes: the same JSON, some ten times as fast. The tests hold the two against each other. */
import { endsAfter } from './ends.ts';
import { isWhole, piece, put, putNumber, type JsonBytes, type Piece } from './json-bytes.ts';
import { flagNames, type Segment } from './segment.ts';
import { noteNames } from './wireshark.ts';

const FRAME = piece('{"frame":');
const AT = piece(',"atNs":');
const ACK = piece(',"ack":');
const RELATIVE_SEQ = piece(',"relativeSeq":');
const RELATIVE_ACK = piece(',"relativeAck":');
const WINDOW = piece(',"window":');
const WINDOW_BYTES = piece(',"windowBytes":');
const MSS = piece(',"options":{"mss":');
const SHIFT = piece(',"windowShift":');
const SACK_PERMITTED = piece(',"sackPermitted":true,"tsVal":');
const NO_SACK_PERMITTED = piece(',"sackPermitted":false,"tsVal":');
/** By far the most usual: nothing but timestamps. */
const ONLY_TIMESTAMPS = piece(',"options":{"mss":null,"windowShift":null,"sackPermitted":false,"tsVal":');
const TS_ECR = piece(',"tsEcr":');
const SACK = piece(',"sack":');
const NO_SACK = piece(',"sack":[]},"payloadLength":');
const LENGTH = piece('},"payloadLength":');
const NEW_BYTES = piece(',"newBytes":');
const REPEATS = piece(',"repeatsFrame":');
const NO_REPEAT = piece(',"repeatsFrame":null,"payload":');
const NO_PAYLOAD = piece(',"repeatsFrame":null,"payload":"","notes":[]');
const PAYLOAD = piece(',"payload":');
const NOTES = piece(',"notes":');
const NO_NOTES = piece(',"notes":[]');
const NULL = piece('null');
/** More than all pieces and numbers of a segment take. */
const ROOM = 1024;

export function writeSegment(out: JsonBytes, segment: Segment): void {
  writeNumbers(out, segment);
  writeOptions(out, segment);
  const { payloadCaptured, notes } = segment;
  let at = out.room(ROOM);
  const { view } = out;
  at = putNumber(view, at, segment.payloadLength);
  at = putNumber(view, put(view, at, NEW_BYTES), segment.newBytes);
  if (segment.repeats <= 0 && payloadCaptured === 0 && notes === 0) {
    at = put(view, at, NO_PAYLOAD);
    out.wrote(put(view, at, endsPiece(segment)));
    return;
  }
  if (segment.repeats > 0) at = put(view, putNumber(view, put(view, at, REPEATS), segment.repeats), PAYLOAD);
  else at = put(view, at, NO_REPEAT);
  out.wrote(at);
  out.base64(segment.data, segment.payloadStart, payloadCaptured);
  if (notes === 0) out.raw(NO_NOTES);
  else {
    out.raw(NOTES);
    out.value(noteNames(segment));
  }
  out.raw(endsPiece(segment));
}

/** What stands before the options. */
function writeNumbers(out: JsonBytes, segment: Segment): void {
  let at = out.room(ROOM);
  let { view } = out;
  at = putNumber(view, put(view, at, FRAME), segment.frame);
  at = put(view, at, AT);
  if (isWhole(segment.atNs)) at = putNumber(view, at, segment.atNs);
  else {
    // A capture that is not in order.
    out.wrote(at);
    out.number(segment.atNs);
    at = out.room(ROOM);
    ({ view } = out);
  }
  at = putNumber(view, put(view, at, sideAndFlags(segment.side, segment.flags)), segment.seq);
  at = putNumber(view, put(view, at, ACK), segment.ack);
  at = putNumber(view, put(view, at, RELATIVE_SEQ), segment.relSeq);
  at = putOrNull(view, put(view, at, RELATIVE_ACK), segment.relAck);
  at = putNumber(view, put(view, at, WINDOW), segment.window);
  out.wrote(putOrNull(view, put(view, at, WINDOW_BYTES), segment.windowBytes));
}

/** Up to the payload's length. */
function writeOptions(out: JsonBytes, segment: Segment): void {
  let at = out.room(ROOM);
  const { view } = out;
  if (segment.mss < 0 && segment.windowShift < 0 && !segment.sackPermitted)
    at = put(view, at, ONLY_TIMESTAMPS);
  else {
    at = putOrNull(view, put(view, at, MSS), segment.mss);
    at = putOrNull(view, put(view, at, SHIFT), segment.windowShift);
    at = put(view, at, segment.sackPermitted ? SACK_PERMITTED : NO_SACK_PERMITTED);
  }
  at = putOrNull(view, at, segment.tsVal);
  at = putOrNull(view, put(view, at, TS_ECR), segment.tsEcr);
  if (segment.sack.length === 0) {
    out.wrote(put(view, at, NO_SACK));
    return;
  }
  out.wrote(put(view, at, SACK));
  out.value(sackPairs(segment));
  out.raw(LENGTH);
}

/** Left and right edge of each SACK block. */
export function sackPairs({ sack }: Segment): [number, number][] {
  const pairs: [number, number][] = [];
  for (let i = 0; i + 1 < sack.length; i += 2) pairs.push([sack[i] ?? 0, sack[i + 1] ?? 0]);
  return pairs;
}

function putOrNull(view: DataView, at: number, value: number): number {
  return value < 0 ? put(view, at, NULL) : putNumber(view, at, value);
}

/** There are few different ones of these, and each segment has one. */
const sidesAndFlags: Piece[] = [];
const FLAG_BITS = 9;

function sideAndFlags(side: number, flags: number): Piece {
  const index = (side << FLAG_BITS) | flags;
  return (sidesAndFlags[index] ??= piece(`,"side":${side},"flags":"${flagNames(flags)}","seq":`));
}

const ends: Piece[] = [];

function endsPiece(segment: Segment): Piece {
  return (ends[segment.ends] ??= piece(`,"ends":${JSON.stringify(endsAfter(segment))}}`));
}
