import { existsSync, lstatSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';

/**
 * Where Node keeps what it has compiled (module.enableCompileCache, Node 22.1 and later; older ones know nothing of it).
 * A lab starts up to a dozen processes of Node that load the same files; with the cache each takes half the time until
 * it does something, which a machine with two cores that runs many labs at once feels.
 *
 * Whoever can write there can have us run his code, so it is a folder of the user's own that nobody else may write to;
 * undefined where there is none to be had, and then processes start more slowly and nothing else changes. What the user
 * has set (NODE_COMPILE_CACHE, NODE_DISABLE_COMPILE_CACHE) stands.
 */
export function compileCache(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const { NODE_COMPILE_CACHE: own, XDG_CACHE_HOME: xdg = '' } = environment;
  if (own !== undefined) return undefined;
  const caches = isAbsolute(xdg) ? xdg : join(homedir(), '.cache');
  // Not a home that is not there, as daemons and the user nobody have.
  if (!existsSync(dirname(caches))) return undefined;
  const folder = join(caches, 'socket-lab-kit', 'compiled');
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = lstatSync(folder);
    return uid === process.geteuid?.() && (mode & 0o022) === 0 ? folder : undefined;
  } catch {
    // No room, or a home that is not ours to write to.
    return undefined;
  }
}
