export { isLoopback } from './admission.ts';
export {
  type Channel,
  type ChannelEvents,
  type DialOptions,
  type Endpoint,
  formatEndpoint,
  type Listener,
  type ListenOptions,
  type Transport,
} from './channel.ts';
export { Client } from './client.ts';
export type {
  CallOptions,
  ClientEvents,
  ClientPacketObserver,
  CloseReason,
  ConnectOptions,
  IncomingText,
  SendOutcome,
} from './client-types.ts';
export { connect } from './connect.ts';
export { askControl, type Control, serveControl } from './control.ts';
export { type Faults, faultyTransport, type SendFaults } from './faults.ts';
export { nodeTransport } from './node-transport.ts';
export { Server, type ServerOptions, type ServerStats } from './server.ts';
export type { ClientRow, PacketObserver, ServerEvent } from './server-events.ts';
export { type TlsClientFiles, type TlsServerFiles, tlsTransport } from './tls-transport.ts';
export { TRANSPORTS, type TransportName } from './transport-names.ts';
export { fastestTransport, transportNamed } from './transports.ts';
export { type Moment, Watch, type WatchAnswer } from './watch.ts';
export {
  CallError,
  CONSTANTS,
  ERRNO,
  type Errno,
  errnoOf,
  type KernelState,
  type NetstatRow,
  type OptionValue,
  type PollResult,
  Sys,
  SYS_CALLS,
  type SysCall,
  type SysEvent,
  sysEventText,
  type SysOptions,
  type TcpInfo,
} from './libc/index.ts';
