import type { SocketState, SocketTimer } from '../../kernel/index.ts';
import { formatEndpoint } from '../channel.ts';
import { rowsOf } from './kernel-state.ts';

export interface NetstatRow {
  readonly state: SocketState;
  readonly local: string;
  readonly remote: string;
  /** Of a listener: connections that wait for accept. Otherwise bytes that wait for recv. */
  readonly recvQ: number;
  /** Bytes that are not acknowledged. */
  readonly sendQ: number;
  readonly timer: SocketTimer;
  readonly timerMs: number;
}

/** The kernel's TCP sockets with this port at either end, in netstat's columns. */
export const netstatRows = (port: number): NetstatRow[] =>
  rowsOf(port).map((row) => ({
    state: row.state,
    local: formatEndpoint({ address: row.localAddress, port: row.localPort }),
    remote: formatEndpoint({ address: row.remoteAddress, port: row.remotePort }),
    recvQ: row.receiveQueueBytes,
    sendQ: row.sendQueueBytes,
    timer: row.timer,
    timerMs: row.timerMs,
  }));
