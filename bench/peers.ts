import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

/** A server that is measured, and how to have it. */
export interface Peer {
  readonly name: string;
  /** What the load generator calls its protocol (bench/c). */
  readonly protocol: string;
  /** Started with a free port, and a folder for its files. */
  readonly command: (port: number, folder: string) => readonly string[];
  /** It takes any port and prints it; else it takes the one it is given. */
  readonly printsPort: boolean;
  /** For what is not ours: the Debian package, and how to ask its version. */
  readonly debian?: { readonly package: string; readonly version: readonly string[] };
  /** The npm package that it is made of, one of our devDependencies. */
  readonly npm?: string;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { execPath } = process;

const node = (name: string, protocol: string, file: string): Peer => ({
  name,
  protocol,
  command: () => [execPath, here(`peers/${file}.ts`)],
  printsPort: true,
});

/** The daemon as it is run: limits, session table, statistics, and its log. */
const chatdCommand = (): readonly string[] => [
  ...[execPath, here('../src/bin/chatd.ts'), 'run'],
  ...['--port', '0', '--unlisted', '--log-format', 'json'],
];

const chatd = (name: string, ...flags: readonly string[]): Peer => ({
  name,
  protocol: 'clp',
  command: () => [...chatdCommand(), ...flags],
  printsPort: true,
});

export const cEcho = (file: string): Peer => ({
  name: 'C echo',
  protocol: 'echo',
  command: () => [file],
  printsPort: true,
});
export const nodeEcho = node('Node echo', 'echo', 'echo');
/** With the C functions, as it is where they are to be had. */
export const chatdAsItIs = chatd('chatd');
export const chatdNet = chatd('chatd --transport net', '--transport', 'net');

/**
 * chatd with a protocol that is clp without the receiver's confirmation, so that a text is as many packets as with redis:
 * the description decides it.
 */
export const chatdUnconfirmed: Peer = {
  name: 'chatd, no confirmations',
  protocol: 'unconfirmed',
  command: (_port, folder) => {
    const clp = readFileSync(here('../protocols/clp.yaml'), 'utf8');
    const file = join(folder, 'unconfirmed.yaml');
    const packet = /^ {2}deliver\.response:\n(?: {4}.*\n)+\n/m;
    const example = /^ {2}- packet: deliver\.response\n(?: {4}.*\n)+/m;
    writeFileSync(file, clp.replace(packet, '').replace(example, ''));
    return [...chatdCommand(), '--protocol', file];
  },
  printsPort: true,
};

export const ws: Peer = { ...node('ws', 'ws', 'ws'), npm: 'ws' };
export const socketIo: Peer = { ...node('socket.io', 'socketio', 'socketio'), npm: 'socket.io' };

export const redis: Peer = {
  name: 'redis-server',
  protocol: 'resp',
  command: (port, folder) => [
    ...['redis-server', '--port', String(port), '--bind', '127.0.0.1', '--dir', folder],
    ...['--save', '', '--appendonly', 'no', '--maxclients', '18000'],
  ],
  printsPort: false,
  debian: { package: 'redis-server', version: ['redis-server', '--version'] },
};

export const nats: Peer = {
  name: 'nats-server',
  protocol: 'nats',
  command: (port) => ['nats-server', '-a', '127.0.0.1', '-p', String(port)],
  printsPort: false,
  debian: { package: 'nats-server', version: ['nats-server', '--version'] },
};

export const mosquitto: Peer = {
  name: 'mosquitto',
  protocol: 'mqtt',
  command: (port, folder) => {
    const file = join(folder, `mosquitto.${port}.conf`);
    const lines = [`listener ${port} 127.0.0.1`, 'allow_anonymous true', 'persistence false', 'user root'];
    // Nagle's algorithm off, as everywhere here; and what a receiver has not read yet is not thrown away.
    writeFileSync(file, [...lines, 'set_tcp_nodelay true', 'max_queued_messages 0', ''].join('\n'));
    return ['mosquitto', '-c', file];
  },
  printsPort: false,
  debian: { package: 'mosquitto', version: ['mosquitto', '-h'] },
};

/** Those of `peers` that are here, with their versions. Says aloud which are not. */
export async function present(
  peers: readonly Peer[],
): Promise<{ peers: readonly Peer[]; versions: readonly string[] }> {
  const found: Peer[] = [];
  const versions: string[] = [];
  for (const peer of peers) {
    const version = await versionOf(peer);
    if (version === 'absent') {
      const left = `${peer.name} is not here and was left out`;
      process.stderr.write(`${left}: scripts/setup --bench installs ${peer.debian?.package ?? 'it'}\n`);
      versions.push(left);
      continue;
    }
    found.push(peer);
    if (version !== undefined) versions.push(`${peer.name} ${version}`);
  }
  return { peers: found, versions };
}

/** undefined: it is part of this checkout. */
async function versionOf({ debian, npm }: Peer): Promise<string | undefined> {
  if (npm !== undefined) {
    const { devDependencies } = JSON.parse(readFileSync(here('../package.json'), 'utf8')) as {
      devDependencies: Readonly<Record<string, string>>;
    };
    return devDependencies[npm];
  }
  if (debian === undefined) return undefined;
  const [file = '', ...args] = debian.version;
  const { stdout, code } = await execa(file, args, { reject: false });
  return code === 'ENOENT' ? 'absent' : (/\d+\.\d+[.\d]*/.exec(stdout)?.[0] ?? 'of an unknown version');
}
