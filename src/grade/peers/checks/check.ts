import type { Text } from '../../../check/index.ts';
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
  readonly play: (rig: Rig) => Promise<void>;
}
