/** One captured packet: a range of bytes in the chunk it came in, never copied. */
export interface Packet {
  /** Position in the capture, counted from 1 as Wireshark does. */
  readonly frame: number;
  /** Nanoseconds since the capture's first packet. Exact for 104 days; negative when the capture is not in order. */
  readonly atNs: number;
  readonly data: Uint8Array;
  readonly start: number;
  /** One past the last captured byte in `data`. */
  readonly end: number;
  /** Length on the wire; more than `end - start` when the snapshot length cut the packet. */
  readonly originalLength: number;
  /** LINKTYPE_ number of the interface (https://www.tcpdump.org/linktypes.html). */
  readonly linkType: number;
}

/** Something about the input that the reader of a result has to know. `code` is for programs, `text` for people. */
export interface CaptureProblem {
  readonly code:
    | 'not-a-capture'
    | 'cut-header'
    | 'cut-record'
    | 'damaged-record'
    | 'cut-snapshot'
    | 'unknown-link'
    | 'fragments-lost'
    | 'no-timestamp'
    | 'repeated-excerpt'
    | 'damaged-text'
    | 'bytes-past-ip'
    | 'late-segments';
  readonly text: string;
  /** Byte offset in the input, or the frame number for `cut-snapshot` and `fragments-lost`. */
  readonly at: number;
}

/** What every reader of capture files offers: bytes go in as they come, packets come out. */
export interface PacketSource {
  /** Takes the next bytes of the file; they must not change afterwards. Answers with the packets now complete. */
  push(chunk: Uint8Array): Iterable<Packet>;
  /** The next complete packet; undefined: more bytes are needed, or the input is damaged (see `problems`). */
  next(): Packet | undefined;
  /** Says that no more bytes come; a record cut short becomes a problem. */
  end(): void;
  readonly problems: readonly CaptureProblem[];
  /** Time of the first packet in nanoseconds since 1970; undefined before it. */
  readonly epochNs: bigint | undefined;
}
