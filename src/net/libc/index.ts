export { CONSTANTS } from './constants.ts';
export { CallError, ERRNO, type Errno, errnoOf } from './errno.ts';
export type { KernelState, TcpInfo } from './kernel-state.ts';
export type { OptionValue } from './option-values.ts';
export { type NetstatRow, type PollResult, Sys, type SysOptions } from './sys.ts';
export { SYS_CALLS, type SysCall } from './sys-calls.ts';
export { type SysEvent, sysEventText } from './sys-events.ts';
export { libcTransport } from './transport.ts';
export { deafen } from './deafen.ts';
