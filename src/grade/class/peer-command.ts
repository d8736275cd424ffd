/** How a student's server or client is started in its sandbox, and what it is graded with. */
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { KitError, safeText } from '../../bytes/index.ts';
import { text, type Text } from '../../check/index.ts';
import { sandboxLaunchers, type SandboxLimits } from '../../host/index.ts';
import { readClientScript } from '../clients/script.ts';
import type { TaskOf } from './class-file.ts';

export type PeerTask = TaskOf<'server' | 'client'>;

export const quoted = (words: readonly string[]): string =>
  words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');

/** The sandbox keeps nothing of the environment that `grade server` and `grade client` give. */
const SERVER_LAUNCHERS = ['env', 'PORT={port}', 'HOST={host}', 'PYTHONUNBUFFERED=1'];
const CLIENT_LAUNCHERS = [...SERVER_LAUNCHERS, 'TZ=UTC', 'stdbuf', '-o0'];

/** The command with the sandbox in front of it, in the network of whoever starts it; built anew at each start. */
export function peerCommand(folder: string, task: PeerTask, limits: SandboxLimits): string[] {
  const run = [...(task.kind === 'client' ? CLIENT_LAUNCHERS : SERVER_LAUNCHERS), ...task.run];
  const inner =
    task.build === undefined ? run : ['sh', '-c', `${quoted(task.build)} >&2 && exec "$@"`, 'sh', ...run];
  return [...sandboxLaunchers({ folder, limits, network: 'inherited' }), ...inner];
}

/** A shipped protocol's name, or the path of a description: the lecturer's, or else the submission's own. */
export function peerProtocol(folder: string, { protocol }: PeerTask): string {
  if (isAbsolute(protocol) || !/\.ya?ml$/.test(protocol)) return protocol;
  return join(folder, protocol);
}

/** The lecturer's script, or else the submission's own. */
export const scriptFile = (folder: string, { script }: TaskOf<'client'>): string => resolve(folder, script);

/** Why what was handed in with the program cannot be used; undefined: it can. */
export function peerProblem(folder: string, task: PeerTask): Text | undefined {
  const protocol = peerProtocol(folder, task);
  if (isAbsolute(protocol) && !existsSync(protocol))
    return text(`no description ${task.protocol}`, `没有协议描述 ${task.protocol}`);
  const [program = ''] = task.run;
  // What a build makes is not there yet.
  if (task.build === undefined && program.startsWith('./') && !existsSync(join(folder, program)))
    return text(`no ${program}`, `没有 ${program}`);
  if (task.kind === 'server') return undefined;
  const file = scriptFile(folder, task);
  if (!existsSync(file)) return text(`no script ${task.script}`, `没有脚本 ${task.script}`);
  try {
    readClientScript(readFileSync(file, 'utf8'), task.script);
    return undefined;
  } catch (error) {
    if (!(error instanceof KitError && error.fault === 'usage')) throw error;
    const why = safeText(error.message);
    return text(`the script cannot be used: ${why}`, `脚本无法使用：${why}`);
  }
}
