import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { z } from 'zod';
import { english, KitError, shapeSentence } from '../bytes/index.ts';
import { DEFAULT_LIMITS, studentPort } from '../chat/index.ts';
import { type TlsServerFiles, TRANSPORTS, type TransportName } from '../net/index.ts';
import { openProtocol, type Protocol } from '../wire/index.ts';
import { type Flags, LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from './chatd-flags.ts';
import { readPem } from './pem.ts';
import { tokenFrom } from './token.ts';

const port = z.int().min(0).max(65_535);

/** What a configuration file may say: the same names as the flags. */
const fileSchema = z.strictObject({
  host: z.string().min(1).optional(),
  port: port.optional(),
  student: z.union([z.string(), z.int().transform(String)]).optional(),
  protocol: z.string().min(1).optional(),
  transport: z.enum(TRANSPORTS).optional(),
  nagle: z.boolean().optional(),
  backlog: z.int().min(1).max(65_535).optional(),
  'max-clients': z.int().min(1).max(1_000_000).optional(),
  idle: z.number().min(0).max(86_400).optional(),
  'max-per-address': z.int().min(1).max(1_000_000).optional(),
  stall: z.number().min(0.1).max(86_400).optional(),
  packet: z.number().min(0.1).max(86_400).optional(),
  heartbeat: z.number().min(0).max(86_400).optional(),
  token: z.string().min(1).optional(),
  'tls-cert': z.string().min(1).optional(),
  'tls-key': z.string().min(1).optional(),
  greeting: z.string().max(1024).optional(),
  unlisted: z.boolean().optional(),
  'log-level': z.enum(LOG_LEVELS).optional(),
  'log-format': z.enum(LOG_FORMATS).optional(),
});

export interface Settings {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly protocol: Protocol;
  /** undefined: the fastest that is to be had. */
  readonly transport: TransportName | undefined;
  readonly nagle: boolean;
  readonly backlog: number | undefined;
  readonly maxClients: number;
  readonly idleMs: number;
  /** undefined: what is usual, which does not bind this machine's own address. */
  readonly maxPerAddress: number | undefined;
  readonly stallMs: number | undefined;
  readonly packetMs: number | undefined;
  readonly heartbeatMs: number;
  /** Only who knows it is let in. */
  readonly token: string | undefined;
  /** Encrypted; undefined: in the clear, so that captures can be read. */
  readonly tls: TlsServerFiles | undefined;
  readonly greeting: string | undefined;
  /** No pid file and no control socket: `status` and `stop` do not know of it. */
  readonly unlisted: boolean;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
}

/**
 * Flags over the configuration file over what is usual.
 *
 * Rejects with a KitError (usage): `bad-config`, `bad-student-id`, `port-twice`, `unknown-protocol`, `bad-description`, …
 */
export async function settingsFrom(flags: Flags): Promise<Settings> {
  const said = withConfig(flags);
  const protocol = await openProtocol(said.protocol ?? 'clp');
  return {
    host: said.host ?? '127.0.0.1',
    port: portOf(said) ?? protocol.description.port ?? 5264,
    protocol,
    transport: said.transport,
    nagle: said.nagle ?? false,
    backlog: said.backlog,
    maxClients: said.maxClients ?? DEFAULT_LIMITS.maxClients,
    idleMs: 1000 * (said.idle ?? 0),
    maxPerAddress: said.maxPerAddress,
    stallMs: said.stall === undefined ? undefined : 1000 * said.stall,
    packetMs: said.packet === undefined ? undefined : 1000 * said.packet,
    heartbeatMs: 1000 * (said.heartbeat ?? 0),
    token: tokenFrom(said.token),
    tls: tlsFrom(said),
    greeting: said.greeting,
    unlisted: said.unlisted ?? false,
    logLevel: said.logLevel ?? 'info',
    logFormat: said.logFormat ?? 'auto',
  };
}

/** The port that was asked for, by itself or by a student's number; undefined when neither was. */
export function portOf({ port, student }: Flags): number | undefined {
  if (port !== undefined && student !== undefined) {
    throw new KitError('port-twice', english('--port and --student both say which port'), {
      fault: 'usage',
      hint: english('Give one of them.'),
    });
  }
  return student === undefined ? port : studentPort(student);
}

function tlsFrom({ tlsCert, tlsKey, transport }: Flags): TlsServerFiles | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined || transport === 'libc') {
    const why =
      transport === 'libc' ? 'TLS goes with --transport net' : '--tls-cert and --tls-key belong together';
    throw new KitError('bad-tls', english(why), {
      fault: 'usage',
      hint: english('chatd cert DIR makes a certificate and its key.'),
    });
  }
  return { cert: readPem(tlsCert), key: readPem(tlsKey) };
}

/** Flags, and behind them what the file of `--config` says. A port from the command line also outweighs a student there. */
export function withConfig(flags: Flags): Flags {
  if (flags.config === undefined) return flags;
  const file = readConfig(flags.config);
  const { port, student } = flags.port !== undefined || flags.student !== undefined ? flags : file;
  return {
    host: flags.host ?? file.host,
    port,
    student,
    protocol: flags.protocol ?? file.protocol,
    transport: flags.transport ?? file.transport,
    nagle: flags.nagle ?? file.nagle,
    backlog: flags.backlog ?? file.backlog,
    maxClients: flags.maxClients ?? file['max-clients'],
    idle: flags.idle ?? file.idle,
    maxPerAddress: flags.maxPerAddress ?? file['max-per-address'],
    stall: flags.stall ?? file.stall,
    packet: flags.packet ?? file.packet,
    heartbeat: flags.heartbeat ?? file.heartbeat,
    token: flags.token ?? file.token,
    tlsCert: flags.tlsCert ?? file['tls-cert'],
    tlsKey: flags.tlsKey ?? file['tls-key'],
    greeting: flags.greeting ?? file.greeting,
    unlisted: flags.unlisted ?? file.unlisted,
    logLevel: flags.logLevel ?? file['log-level'],
    logFormat: flags.logFormat ?? file['log-format'],
  };
}

function readConfig(path: string): z.infer<typeof fileSchema> {
  let value: unknown;
  try {
    value = load(readFileSync(path, 'utf8'), { filename: path, maxDepth: 8, maxAliases: 0 });
  } catch (error) {
    throw badConfig(path, error instanceof Error ? error.message : String(error), error);
  }
  // An empty file says nothing.
  const parsed = fileSchema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const known = Object.keys(fileSchema.shape);
  const why = issue === undefined ? 'not as it should be' : shapeSentence(issue, value, known).en;
  throw badConfig(path, why, parsed.error);
}

function badConfig(path: string, why: string, cause: unknown): KitError {
  return new KitError('bad-config', english(`${path}: ${why}`), {
    fault: 'usage',
    hint: english(
      `A configuration has one line for each flag, such as "max-clients: 100". Known: ${Object.keys(fileSchema.shape).join(', ')}.`,
    ),
    cause,
  });
}
