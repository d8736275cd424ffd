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
export {
  type CallOptions,
  Client,
  type ClientPacketObserver,
  type CloseReason,
  connect,
  type ConnectOptions,
  type IncomingText,
  type SendOutcome,
} from './client.ts';
export { askControl, type Control, serveControl } from './control.ts';
export { nodeTransport } from './node-transport.ts';
export { Server, type ServerOptions, type ServerStats } from './server.ts';
export type { ClientRow, PacketObserver, ServerEvent } from './server-events.ts';
