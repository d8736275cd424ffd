import { KitError } from '../bytes/index.ts';
import { askStatus, type Status } from './chatd-answer.ts';
import { type Found, findServers } from './chatd-registry.ts';

/** What `chatd status --json` prints for each server. */
export interface ServerStatus {
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  readonly protocol: string;
  readonly since: string;
  readonly log: string | null;
  /** null: it runs and does not answer (stopped by a signal, or too busy). */
  readonly clients: number | null;
  readonly accepted: number | null;
  readonly unconfirmed: number | null;
  readonly rssBytes: number | null;
}

export interface StatusReport {
  readonly running: boolean;
  readonly servers: readonly ServerStatus[];
  /** Pid files that outlived their servers. */
  readonly stale: readonly { readonly pid: number; readonly host: string; readonly port: number }[];
}

/** Asks every server that has a pid file, of one host or port only when asked. Changes nothing. */
export async function status(want: {
  host?: string | undefined;
  port?: number | undefined;
}): Promise<StatusReport> {
  const found = findServers(want);
  const servers = await Promise.all(found.filter(({ running }) => running).map(ask));
  const stale = found.filter(({ running }) => !running).map(({ pid, host, port }) => ({ pid, host, port }));
  return { running: servers.length > 0, servers, stale };
}

async function ask(found: Found): Promise<ServerStatus> {
  const { pid, host, port, protocol, since, log } = found;
  let answer: Status | undefined;
  try {
    answer = await askStatus(found);
  } catch (error) {
    if (!(error instanceof KitError)) throw error;
  }
  return {
    pid,
    host,
    port,
    protocol,
    since,
    log: log === '' ? null : log,
    clients: answer?.clients ?? null,
    accepted: answer?.accepted ?? null,
    unconfirmed: answer?.unconfirmed ?? null,
    rssBytes: answer?.rssBytes ?? null,
  };
}

/** The same for people, a line for each server. */
export function statusText({ servers, stale }: StatusReport): string {
  const lines = servers.map(({ pid, host, port, protocol, since, clients }) => {
    const state = clients === null ? 'does not answer' : `${clients} client${clients === 1 ? '' : 's'}`;
    return `chatd runs on ${host} port ${port}: process ${pid}, ${protocol}, since ${since}, ${state}`;
  });
  const old = stale.map(
    ({ pid, host, port }) =>
      `chatd does not run on ${host} port ${port}: its pid file is stale (process ${pid} is gone)`,
  );
  const all = [...lines, ...old];
  return all.length === 0 ? 'chatd does not run' : all.join('\n');
}
