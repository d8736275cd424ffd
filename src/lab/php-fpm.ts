import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { english, KitError } from '../bytes/index.ts';
import { type HostProcess, needProgram } from '../host/index.ts';
import type { Run } from './run.ts';

export interface PhpFpmHandle {
  readonly process: HostProcess;
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

/** One worker, no php.ini, its own log in the scratch folder; log lines of a script go to whoever asked, as FastCGI has it. */
const configuration = (address: string, port: number): string => `[global]
daemonize = no
error_log = php-fpm.log
[www]
listen = ${address}:${port}
pm = static
pm.max_children = 1
php_admin_flag[log_errors] = on
`;

/** Starts the real php-fpm on a host; resolves when it listens. What it is told stands in calls.jsonl. */
export async function startPhpFpm(
  run: Run,
  hostName: string,
  address: string,
  port: number,
): Promise<PhpFpmHandle> {
  const scratch = run.scratch();
  const file = join(scratch, 'php-fpm.conf');
  const text = configuration(address, port);
  writeFileSync(file, text);
  run.note(hostName, 'configuration', { program: 'php-fpm', text });
  // As root it wants to be told that this is meant; in a namespace it is an ordinary user.
  const asRoot = process.geteuid?.() === 0 ? ['-R'] : [];
  const command = [needProgram('php-fpm'), '-F', '-O', '-n', ...asRoot, '-y', file, '-p', scratch];
  const { process: child, lines } = run.startProgram(hostName, 'php-fpm', command);
  const host = run.world.host(hostName);
  const listens = (): boolean =>
    host.readSockets().some(({ state, localPort }) => state === 'LISTEN' && localPort === port);
  await run.until('php-fpm listens', () => listens() || child.end !== undefined, 30_000);
  if (child.end !== undefined)
    throw new KitError(
      'process-gone',
      english(`php-fpm ended before it listened: ${lines.slice(-3).join(' ')}`),
      {
        fault: 'machine',
      },
    );
  return {
    process: child,
    lines,
    stop: async () => {
      child.kill('SIGTERM');
      await run.until('php-fpm has ended', () => child.end !== undefined, 30_000);
    },
  };
}
