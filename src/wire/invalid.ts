import type { Text } from '../bytes/index.ts';

/** Why bytes are no packet. Branch on this; the sentence is for people. */
export type InvalidReason =
  /** A field that always holds one value holds another. */
  | 'constant'
  /** The length field claims more than the description allows, or less than a header. */
  | 'length'
  /** The packet ends inside a field. */
  | 'short'
  /** Bytes are left behind the last field. */
  | 'long'
  /** A value that its field cannot hold: text that is no UTF-8, a number beyond 2^53, an unknown status. */
  | 'value'
  /** The fields that tell packets apart fit none of the description. */
  | 'unknown-packet'
  /** The connection ended in the middle of a packet. */
  | 'cut';

/** Bytes that are no packet, and where. The stream cannot be trusted behind it: nobody knows where a packet begins. */
export class Invalid {
  readonly type = 'invalid';
  readonly reason: InvalidReason;
  /** Bytes from the beginning of the packet, or (from a decoder) of the stream. */
  readonly offset: number;
  /** A sentence without the offset: in English, as it goes to the peer, and as people read it. */
  readonly message: string;
  readonly words: Text;

  constructor(reason: InvalidReason, offset: number, words: Text) {
    this.reason = reason;
    this.offset = offset;
    this.message = words.en;
    this.words = words;
  }

  /** The same with the offset counted from `base` bytes before. */
  movedBy(base: number): Invalid {
    return new Invalid(this.reason, this.offset + base, this.words);
  }
}
