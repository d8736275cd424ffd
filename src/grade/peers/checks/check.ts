import { type Text, text } from '../../../check/index.ts';
import type { MessageType, Protocol } from '../../../wire/index.ts';
import type { Rig } from '../rig.ts';

/** One thing that a server must be able to do. `play` returns when it did, and throws `Failure` when it did not. */
export interface ServerCheck {
  readonly id: string;
  readonly title: Text;
  readonly points: number;
  /** Checks without which this one says nothing: when one of them did not pass, it is skipped. */
  readonly dependsOn: readonly string[];
  /** The lab that shows the same on the wire. */
  readonly lab?: string;
  readonly hint: Text;
  /**
   * What the protocol lacks for it. Asked before anything else is: what a protocol has no words for costs no points,
   * whatever else does not work.
   */
  readonly lacks?: (protocol: Protocol) => Text | undefined;
  readonly play: (rig: Rig) => Promise<void>;
}

/** What a protocol lacks that must have packets of these types. */
export const needs =
  (...types: readonly MessageType[]) =>
  (protocol: Protocol): Text | undefined => {
    const names = types.filter((type) => !protocol.can(type)).join(', ');
    return names === '' ? undefined : text(`the protocol has no ${names}`, `协议中没有 ${names}`);
  };
