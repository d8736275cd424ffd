export { libcTransport } from './transport.ts';
export { deafen } from './deafen.ts';
