/** A real server in this process, and the real program beside it. */
import { execa } from 'execa';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Server, type ServerOptions } from '../../src/net/index.ts';
import { loadProtocol } from '../../src/wire/index.ts';
import { program } from '../helpers/programs.ts';

export const CHAT_REPL = program('bin/chat-repl');

/** What starts the program: this Node and the source, or, for another Node, what CHAT_REPL names. */
export const COMMAND: readonly string[] = process.env['CHAT_REPL']?.split(' ') ?? [
  process.execPath,
  CHAT_REPL,
];

export async function startServer(
  options: Partial<ServerOptions> = {},
): Promise<{ server: Server; address: string }> {
  const server = await Server.listen({
    protocol: loadProtocol('clp'),
    port: 0,
    hostName: 'lab-host',
    ...options,
  });
  onTestFinished(() => server.close());
  return { server, address: `127.0.0.1:${server.local.port}` };
}

/** A folder of the test's own, for state, configuration and scripts. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'repl-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

export interface Ended {
  readonly out: string;
  readonly err: string;
  readonly code: number | undefined;
}

/** Runs the program to its end. Without `input` its standard input is empty. */
export async function repl(args: readonly string[], { input = '' }: { input?: string } = {}): Promise<Ended> {
  const [node = '', ...before] = COMMAND;
  const result = await execa(node, [...before, ...args], {
    input,
    reject: false,
    timeout: 30_000,
    env: { TZ: 'UTC', LC_ALL: 'C.UTF-8' },
  });
  return { out: result.stdout, err: result.stderr, code: result.exitCode };
}
