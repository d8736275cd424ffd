/** The ways to have sockets, as `--transport` names them. */
export const TRANSPORTS = ['net', 'libc'] as const;
export type TransportName = (typeof TRANSPORTS)[number];
