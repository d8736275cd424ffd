/** Bounds that keep one client from hurting the others. All are per client unless they say otherwise. */
export interface Limits {
  /** Connected clients in all. */
  readonly maxClients: number;
  /** Bytes that may wait for a client that does not read, before texts for it are refused. */
  readonly maxUnsentBytes: number;
  /** Texts of one sender that wait to be confirmed. */
  readonly maxUnconfirmed: number;
  /** How long a receiver's client has to confirm a text. */
  readonly confirmMs: number;
  /** A client that says nothing for so long is disconnected; 0: never. */
  readonly idleMs: number;
  /** A client that said nothing for so long is asked whether it is there, and disconnected after as long again; 0: never. */
  readonly heartbeatMs: number;
  /** Clients in one page of the list, where the protocol has pages. */
  readonly listPage: number;
}

export const DEFAULT_LIMITS: Limits = {
  maxClients: 20_000,
  maxUnsentBytes: 1_048_576,
  maxUnconfirmed: 1024,
  confirmMs: 2_000,
  idleMs: 0,
  heartbeatMs: 0,
  listPage: 128,
};
