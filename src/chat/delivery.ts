import type { ClientId, RequestNumber } from '../wire/index.ts';
import type { Outlet } from './outlet.ts';

/** A client as a text's sender or receiver. */
export interface Party {
  readonly id: ClientId;
  readonly outlet: Outlet;
  /** Texts on their way from this client that nobody has confirmed yet. */
  unconfirmed: number;
  /** The latest text on its way to this client that it has not confirmed yet; the others hang `behind` it. */
  incoming: Delivery | undefined;
}

/** A text that was said to its receiver and waits for the receiver's client to confirm it. */
export interface Delivery {
  readonly number: RequestNumber;
  readonly sender: Party;
  /** The sender's own request number, which the answer must carry. */
  readonly request: RequestNumber;
  readonly receiver: Party;
  /** On the service's monotonic clock, in milliseconds. */
  readonly deadlineMs: number;
  /** Where the text ends in the stream to its receiver: written when the kernel has taken so many bytes. */
  readonly endsAt: number;
  /** Others to the same receiver: sent after this one, and before it. The table of deliveries keeps them. */
  before: Delivery | undefined;
  behind: Delivery | undefined;
}
