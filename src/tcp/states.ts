/**
 * The states of RFC 9293, section 3.3.2, and what moves an end from one to the next, as two tables: what it sends and
 * what it receives. The code that follows a capture (`ends.ts`) holds only what a table cannot say.
 */
export const TCP_STATES = [
  'CLOSED',
  'LISTEN',
  'SYN-SENT',
  'SYN-RECEIVED',
  'ESTABLISHED',
  'FIN-WAIT-1',
  'FIN-WAIT-2',
  'CLOSE-WAIT',
  'CLOSING',
  'LAST-ACK',
  'TIME-WAIT',
] as const;

export type TcpState = (typeof TCP_STATES)[number];

export type SendEvent = 'syn' | 'syn-ack' | 'fin' | 'rst';
export type ReceiveEvent = 'syn' | 'syn-ack' | 'ack-of-syn' | 'fin' | 'ack-of-fin' | 'rst';

type Table<Event extends string> = Readonly<Record<TcpState, Readonly<Partial<Record<Event, TcpState>>>>>;

/** What is not listed leaves the state as it is. */
export const ON_SEND: Table<SendEvent> = {
  CLOSED: { syn: 'SYN-SENT' },
  LISTEN: { 'syn-ack': 'SYN-RECEIVED', syn: 'SYN-SENT', rst: 'CLOSED' },
  'SYN-SENT': { 'syn-ack': 'SYN-RECEIVED', rst: 'CLOSED' },
  'SYN-RECEIVED': { fin: 'FIN-WAIT-1', rst: 'CLOSED' },
  ESTABLISHED: { fin: 'FIN-WAIT-1', rst: 'CLOSED' },
  'FIN-WAIT-1': { rst: 'CLOSED' },
  'FIN-WAIT-2': { rst: 'CLOSED' },
  'CLOSE-WAIT': { fin: 'LAST-ACK', rst: 'CLOSED' },
  CLOSING: { rst: 'CLOSED' },
  'LAST-ACK': { rst: 'CLOSED' },
  'TIME-WAIT': { rst: 'CLOSED' },
};

export const ON_RECEIVE: Table<ReceiveEvent> = {
  CLOSED: {},
  LISTEN: { syn: 'SYN-RECEIVED' },
  // A SYN without an ACK of one's own SYN: simultaneous open (RFC 9293, section 3.5, figure 7).
  'SYN-SENT': { 'syn-ack': 'ESTABLISHED', syn: 'SYN-RECEIVED', rst: 'CLOSED' },
  'SYN-RECEIVED': { 'ack-of-syn': 'ESTABLISHED', 'syn-ack': 'ESTABLISHED', fin: 'CLOSE-WAIT', rst: 'CLOSED' },
  ESTABLISHED: { fin: 'CLOSE-WAIT', rst: 'CLOSED' },
  'FIN-WAIT-1': { 'ack-of-fin': 'FIN-WAIT-2', fin: 'CLOSING', rst: 'CLOSED' },
  'FIN-WAIT-2': { fin: 'TIME-WAIT', rst: 'CLOSED' },
  'CLOSE-WAIT': { rst: 'CLOSED' },
  CLOSING: { 'ack-of-fin': 'TIME-WAIT', rst: 'CLOSED' },
  'LAST-ACK': { 'ack-of-fin': 'CLOSED', rst: 'CLOSED' },
  'TIME-WAIT': { rst: 'CLOSED' },
};

/** The same states as netstat and ss on Linux call them. */
const NETSTAT: Readonly<Record<TcpState, string>> = {
  CLOSED: 'CLOSE',
  LISTEN: 'LISTEN',
  'SYN-SENT': 'SYN_SENT',
  'SYN-RECEIVED': 'SYN_RECV',
  ESTABLISHED: 'ESTABLISHED',
  'FIN-WAIT-1': 'FIN_WAIT1',
  'FIN-WAIT-2': 'FIN_WAIT2',
  'CLOSE-WAIT': 'CLOSE_WAIT',
  CLOSING: 'CLOSING',
  'LAST-ACK': 'LAST_ACK',
  'TIME-WAIT': 'TIME_WAIT',
};

export function netstatState(state: TcpState): string {
  return NETSTAT[state];
}
