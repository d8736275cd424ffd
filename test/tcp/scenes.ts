/** Captures of real TCP, made on the spot: the kernel of this machine talking to itself in a namespace of its own. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const here = (name: string): string => fileURLToPath(new URL(`./scenes/${name}`, import.meta.url));

export const SCENES = [
  'exchange',
  'half-close',
  'simultaneous-close',
  'simultaneous-open',
  'refused',
  'reset',
  'unread-data',
  'port-reuse',
  'keep-alive',
  'zero-window',
  'loss',
  'fin-never-leaves',
  'nagle',
] as const;
export type Scene = (typeof SCENES)[number];

/** A namespace without root; tcpdump must not be mapped to root, or it drops to a user that is not there. */
const unshare =
  process.getuid?.() === 0
    ? ['-Un', '--map-user=1000', '--map-group=1000', '--keep-caps']
    : ['-Un', '--map-current-user', '--keep-caps'];

/** Why scenes cannot be recorded on this machine; undefined when they can. */
export function whyNoScenes(): string | undefined {
  for (const tool of ['tcpdump', 'nft', 'ip', 'unshare']) {
    if (spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${tool}`]).status !== 0) {
      return `${tool} is not installed`;
    }
  }
  const tried = spawnSync('unshare', [...unshare, 'ip', 'link', 'set', 'lo', 'up'], { encoding: 'utf8' });
  return tried.status === 0 ? undefined : `no network namespaces: ${tried.stderr.trim()}`;
}

/** What the kernel said of the scene's sockets at one moment: ports, and the state as /proc/net/tcp numbers it. */
export interface KernelSample {
  readonly us: number;
  readonly rows: readonly { readonly local: number; readonly remote: number; readonly state: string }[];
}

/** Plays a scene, leaves its capture in `file` and gives the samples that it took. */
export function record(scene: Scene, file: string): KernelSample[] {
  const lines = recordProgram([here('play.ts'), scene], file)
    .split('\n')
    .filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as KernelSample);
}

/** Runs a program in a namespace with a loopback of its own, whose capture it leaves in `file`; gives what it printed. */
export function recordProgram(program: readonly string[], file: string): string {
  const words = [...unshare, here('record.sh'), file, process.execPath, ...program];
  const done = spawnSync('unshare', words, {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  });
  if (done.status !== 0) throw new Error(`${program.join(' ')}: ${done.stderr}${done.stdout}`);
  return done.stdout;
}
