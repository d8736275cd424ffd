import { readdirSync } from 'node:fs';

/** Where the protocols lie that come with the kit. */
export const FOLDER = new URL('../../protocols/', import.meta.url);

/** Is it a file's path rather than the name of a protocol that comes with the kit? */
export const isPath = (nameOrFile: string): boolean =>
  nameOrFile.includes('/') || /\.ya?ml$/.test(nameOrFile);

/** Names of the protocols that come with the kit. */
export function shippedProtocols(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}
