import { fileURLToPath } from 'node:url';

/** The path of a program of the kit beside this file, compiled or not. */
export const siblingScript = (name: string): string =>
  fileURLToPath(new URL(`${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));
