/**
 * Which parts of a connection's life the capture has, in the bits of Wireshark's `tcp.completeness` (the Wireshark
 * User's Guide, "TCP Conversation Completeness"): a number of 31 is a whole conversation closed by FINs.
 */
export const COMPLETENESS = { syn: 1, synAck: 2, ack: 4, data: 8, fin: 16, rst: 32 } as const;

const LETTERS: readonly (readonly [number, string])[] = [
  [COMPLETENESS.rst, 'R'],
  [COMPLETENESS.fin, 'F'],
  [COMPLETENESS.data, 'D'],
  [COMPLETENESS.ack, 'A'],
  [COMPLETENESS.synAck, 'S'],
  [COMPLETENESS.syn, 'S'],
];

/** `·FDASS`, as newer Wiresharks show it. */
export function completenessText(bits: number): string {
  return LETTERS.map(([bit, letter]) => (bits & bit ? letter : '·')).join('');
}
