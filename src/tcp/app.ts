/**
 * How the rooms that know application protocols lend their knowledge to this one, which knows none: a protocol is
 * recognised from the first bytes, and its decoder turns each side's byte stream into messages.
 */
import type { Span } from '../bytes/index.ts';
import type { Side } from './segment.ts';
import type { Language } from './words.ts';

/** A message of an application, with the range of the stream that it took. */
export interface AppMessage {
  readonly side: Side;
  /** The kind of message in a word or two: `time request`, `GET /`, `STDERR`. */
  readonly name: string;
  /** One line for people; peer's text in it is made safe by whoever shows it. */
  readonly summary: string;
  /** The same in Chinese, where the line is more than names and numbers. */
  readonly summaryZh?: string;
  readonly offset: number;
  readonly length: number;
  /** Named fields, offsets counted from the start of the message. */
  readonly fields: readonly Span[];
  /** What is wrong with the message, when something is. */
  readonly problem?: string;
}

export const summaryIn = (
  { summary, summaryZh }: Pick<AppMessage, 'summary' | 'summaryZh'>,
  language: Language,
): string => (language === 'zh' ? (summaryZh ?? summary) : summary);

/** One connection's decoder. It gets each side's stream in order, in pieces of any size. */
export interface AppDecoder {
  /** `offset`: where in this side's stream `bytes` begin. Answers with the messages that are now complete. */
  feed(side: Side, bytes: Uint8Array, offset: number): readonly AppMessage[];
  /** `length` bytes at `offset` are not in the capture. */
  gap?(side: Side, offset: number, length: number): readonly AppMessage[];
  /** This side sends no more. */
  end?(side: Side): readonly AppMessage[];
}

/** What is known of a connection when a protocol is asked whether it is its own. */
export interface Opening {
  readonly initiatorPort: number;
  readonly responderPort: number;
  /** The first bytes of each side, as far as they are there. */
  readonly first: readonly [Uint8Array, Uint8Array];
}

export interface AppProtocol {
  readonly name: string;
  /** `more`: not decidable from these bytes, but from the next. */
  recognise(opening: Opening): 'yes' | 'no' | 'more';
  open(): AppDecoder;
}
