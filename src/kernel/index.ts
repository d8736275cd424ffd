export {
  formatIpv6,
  parseProcNet,
  SOCKET_STATES,
  SOCKET_TIMERS,
  type SocketRow,
  type SocketState,
  type SocketTimer,
} from './socket-row.ts';
