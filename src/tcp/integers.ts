/**
 * Unsigned integers out of bytes, without a DataView for each packet. A read past the end gives zeros: callers have
 * checked the length, and hostile input must not throw.
 */
export function u8(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

export function u16be(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

export function u16le(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 1] ?? 0) << 8) | (bytes[at] ?? 0);
}

export function u32be(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] ?? 0) << 24) |
      ((bytes[at + 1] ?? 0) << 16) |
      ((bytes[at + 2] ?? 0) << 8) |
      (bytes[at + 3] ?? 0)) >>>
    0
  );
}

export function u32le(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at + 3] ?? 0) << 24) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 1] ?? 0) << 8) |
      (bytes[at] ?? 0)) >>>
    0
  );
}

/** The two readers that a file format with a byte-order mark needs. */
export type ByteOrder = {
  readonly name: 'big' | 'little';
  readonly u16: (bytes: Uint8Array, at: number) => number;
  readonly u32: (bytes: Uint8Array, at: number) => number;
};

export const BIG: ByteOrder = { name: 'big', u16: u16be, u32: u32be };
export const LITTLE: ByteOrder = { name: 'little', u16: u16le, u32: u32le };
