import { hostname } from 'node:os';
import { exitCodeOf } from '../bytes/index.ts';
import {
  type Control,
  fastestTransport,
  formatEndpoint,
  Server,
  tlsTransport,
  type Transport,
  transportNamed,
  Watch,
} from '../net/index.ts';
import { startControl } from './chatd-answer.ts';
import { clientRoom, watchDescriptors } from './chatd-descriptors.ts';
import { failureOf, type Log, logFailure, openLog } from './chatd-log.ts';
import { keepYoungSpaceSmall } from './chatd-memory.ts';
import { type Entry, unregister } from './chatd-registry.ts';
import type { Settings } from './chatd-settings.ts';
import { wideWarning } from './chatd-wide.ts';

/** What a server that was started in the background tells `chatd start` over the IPC channel, once. */
export type StartReport =
  | { event: 'listening'; host: string; port: number; pid: number }
  | { event: 'failed'; code: string; message: string; hint: string | undefined; exitCode: number };

/** Where the daemon's log is; undefined in the foreground. */
export interface Background {
  readonly logFile: string;
}

const FEW_CLIENTS = 1_000;

/** Serves until a signal comes. Sets the exit code; resolves when the server is closed, or could not listen. */
export async function run(settings: Settings, background: Background | undefined): Promise<void> {
  const log = openLog(settings.logLevel, settings.logFormat);
  const { logger } = log;
  for (const kind of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(kind, (error: unknown) => {
      logFailure(logger, error);
      process.exit(exitCodeOf(error));
    });
  }
  const since = new Date();
  const watch = new Watch((observer) => server.observePackets(observer), log.packets);
  let server: Server;
  let transport: Awaited<ReturnType<typeof transportFor>>;
  try {
    transport = await transportFor(settings);
    server = await listen(settings, transport.made, log, watch);
  } catch (error) {
    logFailure(logger, error);
    const exitCode = exitCodeOf(error);
    tellStarter({ event: 'failed', ...failureOf(error), exitCode });
    process.exitCode = exitCode;
    return;
  }
  keepYoungSpaceSmall();
  const { address: host, port } = server.local;
  logger.info(
    {
      event: 'listening',
      address: host,
      port,
      pid: process.pid,
      protocol: settings.protocol.name,
      nagle: settings.nagle,
      transport: transport.name,
    },
    `listens on ${formatEndpoint(server.local)}`,
  );
  const wide = wideWarning(host, settings);
  if (wide !== undefined) logger.warn({ event: 'wide', address: host, port }, wide);
  const registered = settings.unlisted
    ? undefined
    : await announce(server, settings, since, background, log, watch);
  const stopWatching = watchDescriptors(logger);
  tellStarter({ event: 'listening', host, port, pid: process.pid });
  // A daemon holds no folder that somebody may want to unmount.
  if (background !== undefined) process.chdir('/');
  await lastSignal(logger);
  await server.close();
  stopWatching();
  registered?.control.close();
  if (registered !== undefined) unregister(registered.entry);
  logger.info({ event: 'closed', port }, 'closed');
}

async function transportFor(settings: Settings): Promise<{ name: string; made: Transport }> {
  if (settings.tls !== undefined) return { name: 'tls', made: tlsTransport({ server: settings.tls }) };
  const name = settings.transport ?? (await fastestTransport());
  return { name, made: transportNamed(name) };
}

function listen(settings: Settings, transport: Transport, log: Log, watch: Watch): Promise<Server> {
  const { protocol, host, port, nagle, backlog, greeting, token } = settings;
  const { maxClients, idleMs, heartbeatMs, maxPerAddress, stallMs, packetMs } = settings;
  const room = clientRoom();
  if (room < maxClients) {
    // With the usual limits both are more than a class.
    log.logger[room < FEW_CLIENTS ? 'warn' : 'debug'](
      { event: 'few-descriptors', maxClients: room },
      `this process may open so few files (ulimit -n) that at most ${room} clients are let in`,
    );
  }
  return Server.listen({
    protocol,
    transport,
    host,
    port,
    noDelay: !nagle,
    hostName: hostname(),
    limits: {
      maxClients: Math.min(maxClients, room),
      idleMs,
      heartbeatMs,
      ...(maxPerAddress === undefined ? {} : { maxPerAddress, maxPerLoopback: maxPerAddress }),
      ...(stallMs === undefined ? {} : { stallMs }),
      ...(packetMs === undefined ? {} : { packetMs }),
    },
    ...(token === undefined ? {} : { token }),
    observe: (event) => {
      log.event(event);
      watch.event(event);
    },
    ...(backlog === undefined ? {} : { backlog }),
    ...(greeting === undefined ? {} : { greeting }),
    ...(log.packets === undefined ? {} : { packets: log.packets }),
  });
}

/** Makes the server known to `chatd status` and `stop`. A server that nobody can ask still serves. */
async function announce(
  server: Server,
  settings: Settings,
  since: Date,
  background: Background | undefined,
  { logger }: Log,
  watch: Watch,
): Promise<{ entry: Entry; control: Control } | undefined> {
  try {
    const { replaced, ...started } = await startControl(
      server,
      settings,
      since,
      background?.logFile ?? '',
      watch,
    );
    if (replaced !== undefined) {
      logger.warn(
        { event: 'replaced', pid: replaced },
        `the server that was here before (process ${replaced}) did not end in order; its pid file is replaced`,
      );
    }
    return started;
  } catch (error) {
    const { code, message, hint } = failureOf(error);
    logger.warn(
      { event: 'unregistered', code, hint },
      `chatd status and stop cannot find this server: ${message}`,
    );
    return undefined;
  }
}

/** Resolves at the first signal that asks to end; a second one ends at once, as if nobody had listened to it. */
function lastSignal(logger: Log['logger']): Promise<void> {
  const exitCodes = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129 } as const;
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(signal, () => {
        logger.info({ event: 'signal', signal }, asked ? 'ends at once' : 'ends when its clients are told');
        if (asked) process.exit(exitCodes[signal]);
        asked = true;
        resolve();
      });
    }
  });
}

function tellStarter(report: StartReport): void {
  // The starter may be gone already; the server goes on without it.
  process.send?.(report, () => {
    if (process.connected) process.disconnect?.();
  });
}
