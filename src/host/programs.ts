import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { KitError, text } from '../bytes/index.ts';

/** Where an ordinary user's PATH does not look: Debian keeps nft and tc there. */
const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The Debian package of each program that this room runs. */
const PACKAGES: Readonly<Record<string, string>> = {
  unshare: 'util-linux',
  nsenter: 'util-linux',
  setpriv: 'util-linux',
  ip: 'iproute2',
  ss: 'iproute2',
  tc: 'iproute2',
  tcpdump: 'tcpdump',
  tshark: 'tshark',
  nft: 'nftables',
  nc: 'netcat-openbsd',
  curl: 'curl',
  nginx: 'nginx',
  'php-fpm': 'php-fpm',
};

/** PATH with the system folders behind it. */
export function searchPath(path: string | undefined = process.env['PATH']): string {
  const folders = (path ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter).filter((folder) => folder !== '');
  return [...folders, ...SYSTEM_FOLDERS.filter((folder) => !folders.includes(folder))].join(delimiter);
}

/** The package to install for a command; the command's own name where we know no other. */
export const packageOf = (name: string): string => PACKAGES[name] ?? name;

/** Debian puts the version in these names: php-fpm8.2. */
const VERSIONED = new Set(['php-fpm']);

/** The file that `name` would run, or undefined. A name with a slash is taken as it stands. */
export function findProgram(name: string, path = searchPath()): string | undefined {
  const candidates = name.includes('/') ? [name] : path.split(delimiter).map((folder) => join(folder, name));
  return candidates.find(isProgram) ?? (VERSIONED.has(name) ? newest(name, path) : undefined);
}

/** As `findProgram`; throws `no-<name>` (machine) with the package to install, `no-program` where we know none. */
export function needProgram(name: string, path = searchPath()): string {
  const file = findProgram(name, path);
  if (file !== undefined) return file;
  const known = PACKAGES[name];
  throw new KitError(
    known === undefined ? 'no-program' : `no-${name}`,
    text(`${name} is not installed here`, `这里没有安装 ${name}`),
    {
      fault: 'machine',
      hint: text(
        known === undefined ? `install ${name}` : `apt-get install ${known}`,
        known === undefined ? `请安装 ${name}` : `请执行 apt-get install ${known}`,
      ),
    },
  );
}

function newest(name: string, path: string): string | undefined {
  const version = (file: string): number => Number(file.slice(name.length));
  return path
    .split(delimiter)
    .flatMap((folder) =>
      namesIn(folder)
        .filter((file) => file.startsWith(name) && version(file) > 0)
        .sort((a, b) => version(b) - version(a))
        .map((file) => join(folder, file)),
    )
    .find(isProgram);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // PATH may name folders that are not there.
    return [];
  }
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
