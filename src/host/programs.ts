import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { KitError } from '../bytes/index.ts';

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

/** The file that `name` would run, or undefined. A name with a slash is taken as it stands. */
export function findProgram(name: string, path = searchPath()): string | undefined {
  const candidates = name.includes('/') ? [name] : path.split(delimiter).map((folder) => join(folder, name));
  return candidates.find(isProgram);
}

/** As `findProgram`; throws `no-<name>` (machine) with the package to install, `no-program` where we know none. */
export function needProgram(name: string, path = searchPath()): string {
  const file = findProgram(name, path);
  if (file !== undefined) return file;
  const known = PACKAGES[name];
  throw new KitError(known === undefined ? 'no-program' : `no-${name}`, `${name} is not installed here`, {
    fault: 'machine',
    hint: known === undefined ? `install ${name}` : `apt-get install ${known}`,
  });
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
