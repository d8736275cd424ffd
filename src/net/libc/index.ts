export { libcTransport } from './transport.ts';
