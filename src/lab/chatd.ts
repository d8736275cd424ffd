import { createInterface } from 'node:readline';
import { english, KitError } from '../bytes/index.ts';
import type { AppRecord } from '../check/index.ts';
import { nowUs } from '../clock/index.ts';
import { describeEnd, type Host, type HostProcess } from '../host/index.ts';
import { programPath } from './programs.ts';
import { serverRecord } from './server-log.ts';

export interface ServerOptions {
  readonly nagle?: boolean;
  readonly port?: number;
  readonly backlog?: number;
  readonly idleSeconds?: number;
}

/** A running daemon of the lab. */
export interface ServerHandle {
  readonly process: HostProcess;
  readonly address: string;
  readonly port: number;
  /** SIGTERM, and its end. */
  stop(): Promise<void>;
}

/** How a lab starts chatd: every packet in the log, and not in the list that other commands of this machine read. */
export const chatdArguments = (
  host: Host,
  port: number,
  protocolFile: string,
  { nagle = false, backlog, idleSeconds }: ServerOptions,
): string[] => [
  programPath('chatd', new URL('../bin/', import.meta.url).href),
  ...['run', '--host', host.address, '--port', String(port), '--protocol', protocolFile],
  ...['--log-level', 'trace', '--unlisted'],
  ...(nagle ? ['--nagle'] : []),
  ...(backlog === undefined ? [] : ['--backlog', String(backlog)]),
  ...(idleSeconds === undefined ? [] : ['--idle', String(idleSeconds)]),
];

/**
 * Hands on what chatd logs, and resolves when it listens. Rejects when it ends before: with its own last error, or
 * `process-gone` with what it printed.
 */
export function listening(
  child: HostProcess,
  host: Host,
  testify: (record: AppRecord) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const printed: string[] = [];
    let failure: KitError | undefined;
    if (child.stderr !== null) {
      createInterface({ input: child.stderr }).on('line', (line) => {
        const record = serverRecord(line, host.name, 'chatd', nowUs());
        if (record === undefined) {
          printed.push(line);
          return;
        }
        testify(record);
        if (record.kind !== 'log') return;
        if (record.event === 'listening') resolve();
        if (record.event === 'failed') failure = failureOf(record.fields);
      });
    }
    void child.ended.then((end) => {
      const words = printed.slice(-3).join(' ');
      const message = `chatd ended (${describeEnd(end)}) before it listened: ${words}`;
      reject(failure ?? new KitError('process-gone', english(message), { fault: 'machine' }));
    });
  });
}

/** chatd's own last line, as the error that it stands for. */
function failureOf(fields: Readonly<Record<string, unknown>>): KitError {
  const word = (key: string): string | undefined =>
    typeof fields[key] === 'string' ? fields[key] : undefined;
  const hint = word('hint');
  return new KitError(word('code') ?? 'server-failed', english(`chatd: ${word('message') ?? 'failed'}`), {
    fault: 'machine',
    ...(hint === undefined ? {} : { hint: english(hint) }),
  });
}
