import { fileURLToPath } from 'node:url';

/** The URL of `name.ts` beside `base`, or of `name.js` where the kit was compiled. */
export function siblingProgram(name: string, base: string): string {
  return new URL(`${name}${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, base).href;
}

/** The same as a path, for a command line. */
export const programPath = (name: string, base: string): string => fileURLToPath(siblingProgram(name, base));
