import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { english, KitError } from '../bytes/index.ts';
import type { HostProcess } from '../host/index.ts';
import type { Run } from './run.ts';

export interface NginxHandle {
  readonly process: HostProcess;
  /** What it has printed so far. */
  readonly lines: readonly string[];
  /** Lets it end as it likes to: it closes its listeners and its idle connections. */
  stop(): Promise<void>;
}

/** nginx in the foreground, as one process of whatever user we are, with its files in the scratch folder alone. */
function configuration(level: string, http: string): string {
  return `daemon off;
master_process off;
pid nginx.pid;
error_log stderr ${level};
events { worker_connections 64; }
http {
  access_log off;
  default_type text/plain;
  root www;
  client_body_temp_path tmp;
  proxy_temp_path tmp;
  fastcgi_temp_path tmp;
  uwsgi_temp_path tmp;
  scgi_temp_path tmp;
${http.replaceAll(/^(?=.)/gm, '  ')}}
`;
}

/**
 * Starts the real nginx on a host, with the lab's own `http` block and the files of its root, and resolves when it
 * listens on all of `ports`. What it is told stands in calls.jsonl, and so does all that it prints; with the level
 * `debug` (where it was built with that) also each of its writes.
 */
export async function startNginx(
  run: Run,
  hostName: string,
  options: {
    readonly http: string;
    readonly ports: readonly number[];
    readonly level?: 'debug' | 'info';
    readonly files?: Readonly<Record<string, string>>;
  },
): Promise<NginxHandle> {
  const { http, ports, level = 'info', files = {} } = options;
  const scratch = run.scratch();
  const text = configuration(level, http);
  mkdirSync(join(scratch, 'www'), { recursive: true });
  writeFileSync(join(scratch, 'nginx.conf'), text);
  for (const [name, content] of Object.entries(files)) writeFileSync(join(scratch, 'www', name), content);
  run.note(hostName, 'configuration', { program: 'nginx', text });
  const command = ['nginx', '-p', `${scratch}/`, '-c', join(scratch, 'nginx.conf')];
  const { process, lines } = run.startProgram(hostName, 'nginx', command);
  const host = run.world.host(hostName);
  const listens = (): boolean =>
    ports.every((port) =>
      host.readSockets().some(({ state, localPort }) => state === 'LISTEN' && localPort === port),
    );
  await run.until('nginx listens', () => listens() || process.end !== undefined, 30_000);
  if (process.end !== undefined)
    throw new KitError(
      'process-gone',
      english(`nginx ended before it listened: ${lines.slice(-3).join(' ')}`),
      {
        fault: 'machine',
      },
    );
  return {
    process,
    lines,
    stop: async () => {
      process.kill('SIGQUIT');
      await run.until('nginx has ended', () => process.end !== undefined, 30_000);
    },
  };
}
