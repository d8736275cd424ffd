/** Calls and results in words, as strace writes them. */
import { Buffer } from 'node:buffer';
import { type Endpoint, formatEndpoint } from '../channel.ts';
import {
  flagNames,
  IP_OPTIONS,
  IPV6_OPTIONS,
  LEVELS,
  nameOf,
  PROTOCOLS,
  SOCKET_OPTIONS,
  TCP_OPTIONS,
  TYPE_FLAGS,
  TYPES,
} from './constants.ts';

/** `SOCK_STREAM|SOCK_NONBLOCK`. */
export const typeName = (type: number): string => {
  const flags = type & (TYPE_FLAGS.SOCK_NONBLOCK | TYPE_FLAGS.SOCK_CLOEXEC);
  const kind = nameOf(TYPES, type & ~flags);
  return flags === 0 ? kind : `${kind}|${flagNames(TYPE_FLAGS, flags)}`;
};

/** `SOL_SOCKET, SO_REUSEADDR`. */
export function optionName(level: number, option: number): string {
  switch (level) {
    case LEVELS.SOL_SOCKET:
      return `SOL_SOCKET, ${nameOf(SOCKET_OPTIONS, option)}`;
    case PROTOCOLS.IPPROTO_TCP:
      return `IPPROTO_TCP, ${nameOf(TCP_OPTIONS, option)}`;
    case PROTOCOLS.IPPROTO_IPV6:
      return `IPPROTO_IPV6, ${nameOf(IPV6_OPTIONS, option)}`;
    case PROTOCOLS.IPPROTO_IP:
      return `IPPROTO_IP, ${nameOf(IP_OPTIONS, option)}`;
    default:
      return `${level}, ${option}`;
  }
}

/** The first bytes, quoted as C would. */
export function preview(data: Uint8Array): string {
  const shown = JSON.stringify(Buffer.from(data.subarray(0, 24)).toString('latin1'));
  return data.length > 24 ? `${shown}…` : shown;
}

/** What a call gave, as strace would write it. */
export function resultText(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'address' in value)
    return formatEndpoint(value as Endpoint);
  if (typeof value === 'object' && value !== null && 'rttMs' in value) return 'struct tcp_info';
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}
