import { pino, stdTimeFunctions, type Logger } from 'pino';
import { KitError, safeJson, safeText } from '../bytes/index.ts';
import { nowUs } from '../clock/index.ts';
import { formatEndpoint, type PacketObserver, type ServerEvent } from '../net/index.ts';
import type { LogFormat, LogLevel } from './chatd-flags.ts';
import { LineSink } from './chatd-sink.ts';

export interface Log {
  readonly logger: Logger;
  readonly event: (event: ServerEvent) => void;
  /** Only at level `trace`. */
  readonly packets: PacketObserver | undefined;
  flush(): void;
}

/**
 * The server's log on standard error: lines of JSON with `level` (a name), `time`, `event` and what belongs to it; on a
 * terminal (`auto`), lines for people. At level `trace` every line also has `atUs`, microseconds since 1970, and every
 * packet and write has a line: the server's testimony in a lab. docs/CHATD.md has the fields.
 */
export function openLog(level: LogLevel, format: LogFormat): Log {
  const text = format === 'text' || (format === 'auto' && process.stderr.isTTY);
  const sink = new LineSink(2, text ? textLine : safeJson);
  process.on('exit', () => sink.flush());
  const testifies = level === 'trace';
  const logger = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      ...(testifies ? { mixin: () => ({ atUs: Math.round(nowUs()) }) } : {}),
    },
    sink,
  );
  const refused = refusalLog(logger);
  return {
    logger,
    event: (event) => logEvent(logger, refused, event),
    packets: testifies ? packetLog(logger) : undefined,
    flush: () => sink.flush(),
  };
}

/** Why the server ends, as the last line. */
export function logFailure(logger: Logger, error: unknown): void {
  const { code, message, hint } = failureOf(error);
  logger.fatal(
    { event: 'failed', code, hint, ...(error instanceof KitError ? {} : { stack: (error as Error).stack }) },
    message,
  );
}

export function failureOf(error: unknown): { code: string; message: string; hint: string | undefined } {
  if (error instanceof KitError) return { code: error.code, message: error.message, hint: error.hint };
  return {
    code: 'internal',
    message: error instanceof Error ? error.message : String(error),
    hint: undefined,
  };
}

/** Lines about refused connections in a second; a flood of connections must not become a flood of the log. */
const REFUSALS_SHOWN = 10;

/** Lets the first refusals of each second through; the next one then says how many were left out. */
function refusalLog(logger: Logger): (event: ServerEvent & { event: 'refused' }) => void {
  let windowMs = -Infinity;
  let shown = 0;
  let leftOut = 0;
  return (event) => {
    const nowMs = performance.now();
    if (nowMs - windowMs >= 1_000) {
      windowMs = nowMs;
      shown = 0;
    }
    if (++shown > REFUSALS_SHOWN) {
      leftOut++;
      return;
    }
    const more = leftOut === 0 ? {} : { leftOut };
    leftOut = 0;
    logger.warn({ ...event, remote: formatEndpoint(event.remote), ...more }, 'a client was not let in');
  };
}

function logEvent(logger: Logger, refused: ReturnType<typeof refusalLog>, event: ServerEvent): void {
  switch (event.event) {
    case 'connected':
      logger.info({ ...event, remote: formatEndpoint(event.remote) }, `client ${event.client} connected`);
      return;
    case 'disconnected':
      logger.info({ ...event, remote: formatEndpoint(event.remote) }, `client ${event.client} is gone`);
      return;
    case 'refused':
      refused(event);
      return;
    case 'bad-packet': {
      const { message, ...rest } = event;
      logger.warn({ ...rest, remote: formatEndpoint(event.remote) }, message);
      return;
    }
    case 'unencodable':
    case 'accept-failed': {
      const { message, ...rest } = event;
      logger.error(rest, message);
      return;
    }
    case 'failed': {
      const { message, ...rest } = event;
      logger.error({ ...rest, remote: formatEndpoint(event.remote), stack: message }, 'our own fault');
      return;
    }
    case 'closing':
      logger.info(event, 'stops accepting and tells its clients');
      return;
  }
}

function packetLog(logger: Logger): PacketObserver {
  return {
    received: (client, { type, request }, offset, bytes) =>
      logger.trace({ event: 'received', client, type, request, offset, bytes }),
    said: (client, { type, request }, offset, bytes) =>
      logger.trace({ event: 'said', client, type, request, offset, bytes }),
    written: (client, packets, bytes, offset) =>
      logger.trace({ event: 'written', client, packets, offset, bytes }),
  };
}

/** One line for people: `12:00:01.234 INFO  listening  on 127.0.0.1:5264 …`. */
function textLine(line: string): string {
  const { level, time, event, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const fields = Object.entries(rest).map(([name, value]) => `${name}=${plain(value)}`);
  const clock = typeof time === 'string' ? time.slice(11, 23) : '';
  const parts = [
    clock,
    plain(level).toUpperCase().padEnd(5),
    plain(event ?? ''),
    plain(msg ?? ''),
    ...fields,
  ];
  return `${safeText(parts.filter((part) => part !== '').join(' '))}\n`;
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
