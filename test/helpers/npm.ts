import { execa } from 'execa';
import { delimiter, dirname } from 'node:path';

/** The PATH without node_modules/.bin: what the shell of somebody who types a command has. */
export const userPath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !/\/node_modules\/\.bin\/*$/.test(folder))
  .join(delimiter);

/** The folder of the Node that this machine has itself, outside node_modules (20.19 or later, as package.json asks). */
export async function ownNodeFolder(): Promise<string> {
  const { stdout } = await execa('node', ['-p', 'process.execPath'], { env: { PATH: userPath } });
  return dirname(stdout);
}

/** Why npm cannot install here, or undefined when it can. Asks the registry (or npm's cache) about one package. */
export async function noRegistry(): Promise<string | undefined> {
  const { failed, stderr } = await execa(
    'npm',
    ['view', 'commander@14.0.3', 'version', '--prefer-offline', '--fetch-retries=0', '--fetch-timeout=10000'],
    { reject: false, env: { PATH: userPath } },
  );
  return failed
    ? `npm cannot reach a registry: ${/error code (\w+)/.exec(stderr)?.[1] ?? 'no code'}`
    : undefined;
}
