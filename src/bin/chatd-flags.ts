import type { TransportName } from '../net/index.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export const LOG_FORMATS = ['auto', 'json', 'text'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = (typeof LOG_FORMATS)[number];

/** What the command line, or a configuration file, says. Absent: nothing was said. */
export interface Flags {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly student?: string | undefined;
  readonly protocol?: string | undefined;
  readonly transport?: TransportName | undefined;
  readonly nagle?: boolean | undefined;
  readonly backlog?: number | undefined;
  readonly maxClients?: number | undefined;
  readonly idle?: number | undefined;
  readonly maxPerAddress?: number | undefined;
  readonly stall?: number | undefined;
  readonly packet?: number | undefined;
  readonly heartbeat?: number | undefined;
  readonly token?: string | undefined;
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly greeting?: string | undefined;
  readonly unlisted?: boolean | undefined;
  readonly logLevel?: LogLevel | undefined;
  readonly logFormat?: LogFormat | undefined;
  readonly config?: string | undefined;
}
