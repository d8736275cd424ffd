import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { probeWorlds, searchPath, type StageKind } from '../../../src/host/index.ts';

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export const ability = await probeWorlds();

/** For the names of tests that need network namespaces: empty, or why they cannot run. */
export const lacks = ability.kind === 'namespaces' ? '' : ` (skipped: ${ability.why ?? 'no namespaces'})`;

/** Who plays: ourselves, and when that is root an ordinary user as well. */
export type Actor = 'self' | 'nobody';
export const ACTORS: readonly Actor[] = process.geteuid?.() === 0 ? ['self', 'nobody'] : ['self'];

const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--'];

async function whyNobodyCannot(): Promise<string> {
  if (!ACTORS.includes('nobody')) return 'not root, so this user is an ordinary one';
  const probe = await execa(AS_NOBODY[0] ?? '', [...AS_NOBODY.slice(1), process.execPath, '-e', '0'], {
    reject: false,
  });
  if (probe.exitCode !== 0) return `nobody cannot run ${process.execPath}`;
  const read = await execa(AS_NOBODY[0] ?? '', [...AS_NOBODY.slice(1), 'test', '-r', here('launcher.ts')], {
    reject: false,
  });
  return read.exitCode === 0 ? '' : 'nobody cannot read this checkout';
}

/** Empty, or why scenarios cannot run as `nobody` here. */
export const nobodyLacks = await whyNobodyCannot();

export type Performance = { lines: Record<string, unknown>[]; stderr: string; exitCode: number | undefined };

/** The command line of a launcher that plays `scenarios/<name>.ts`. */
export function launcherCommand(name: string, args: object, as: Actor, kind?: StageKind): string[] {
  const scenario = here(`../scenarios/${name}.ts`);
  const command = [process.execPath, here('launcher.ts'), scenario, JSON.stringify(args), kind ?? ''];
  return as === 'nobody' ? [...AS_NOBODY, ...command] : command;
}

/** Environment of a launcher: an ordinary user has no home that it could write to. */
export const launcherEnv = { PATH: searchPath(), NODE_NO_WARNINGS: '1', HOME: '/' };

/** Plays a scenario on a stage of its own and resolves with its result. Throws the scenario's error. */
export async function perform<T>(
  name: string,
  args: object = {},
  options: { as?: Actor; kind?: StageKind } = {},
): Promise<T> {
  const [file = '', ...rest] = launcherCommand(name, args, options.as ?? 'self', options.kind);
  const ran = await execa(file, rest, { reject: false, env: launcherEnv });
  const lines = ran.stdout.split('\n').filter((line) => line.startsWith('{'));
  for (const line of lines) {
    const { message } = JSON.parse(line) as {
      message?: { result?: T; error?: { message: string; stack: string } };
    };
    if (message?.error !== undefined) {
      throw new Error(`the scenario failed: ${message.error.stack}`, { cause: message.error });
    }
    if (message !== undefined && 'result' in message) return message.result;
  }
  throw new Error(`no result: exit ${String(ran.exitCode)} ${ran.stdout} ${ran.stderr}`);
}
