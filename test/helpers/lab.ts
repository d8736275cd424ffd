import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { program, source } from './programs.ts';

export const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));
const node = join(root, 'node_modules/.bin/node');

/** A new folder that anybody may write to, since some runs are not root's. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lab-test-'));
  chmodSync(folder, 0o777);
  return folder;
}

export const isRoot = process.geteuid?.() === 0;

/** The launcher that makes a command an ordinary user's, when the tests are root's. */
export const asNobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] as const;

export interface ChatLabOptions {
  readonly launcher?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The checkout's program, and not the built one. */
  readonly fromSources?: boolean;
  /** A bound against hanging; 150 s unless said. */
  readonly timeoutMs?: number;
}

/** Starts `chat-lab ARGS` as a process of its own. A non-zero exit is a value. */
export function startChatLab(args: readonly string[], options: ChatLabOptions = {}) {
  const [file = node, ...rest] = [
    ...(options.launcher ?? []),
    node,
    options.fromSources === true ? source('bin/chat-lab') : program('bin/chat-lab'),
    ...args,
  ];
  return execa(file, rest, {
    reject: false,
    stdin: 'ignore',
    cwd: options.cwd ?? tmpdir(),
    env: { HOME: '/nonexistent', ...options.env },
    timeout: options.timeoutMs ?? 150_000,
  });
}

/** The same, awaited. */
export async function chatLab(
  args: readonly string[],
  options: ChatLabOptions = {},
): Promise<{ code: number | undefined; stdout: string; stderr: string }> {
  const { exitCode, stdout, stderr } = await startChatLab(args, options);
  return { code: exitCode, stdout: stdout, stderr: stderr };
}
