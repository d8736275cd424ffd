import type { EpochMs } from '../wire/index.ts';
import type { Party } from './delivery.ts';

/** One connected client as the server sees it. */
export interface Session extends Party {
  readonly address: string;
  readonly port: number;
  readonly since: EpochMs;
  /** Empty until the client names itself. */
  name: string;
  /** When something was last heard of it, on the service's monotonic clock. */
  heardAtMs: number;
  /** When it was last asked whether it is there; before `heardAtMs`: it has said something since. */
  probedAtMs: number;
  requests: number;
}
