/** What of the kit a sandbox gets to see: what it needs to run cells, and nothing that lies beside. */
import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The kit as it lies here: the checkout, or the compiled package's dist. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PARTS = ['package.json', 'src', 'protocols', 'notebooks', 'test/fixtures/captures'];
const INSIDE = '/kit';

export interface SeenPath {
  readonly from: string;
  readonly to: string;
}

export interface KitInSandbox {
  readonly seen: readonly SeenPath[];
  /** Node, as the sandbox finds it. */
  readonly node: string;
  /** A program of src, without its ending. */
  readonly program: (name: string) => string;
  /** A file of notebooks/. */
  readonly file: (path: string) => string;
}

export function kitInSandbox(): KitInSandbox {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  // The folder that has our dependencies: the checkout's, or the one that the package was installed into.
  const library = dirname(dirname(createRequire(import.meta.url).resolve('zod/package.json')));
  const node = realpathSync(process.execPath);
  const seen = [
    ...PARTS.map((part) => ({ from: join(ROOT, part), to: join(INSIDE, part) })),
    { from: library, to: join(INSIDE, 'node_modules') },
    // A Node of the user's own, such as nvm's.
    ...(node.startsWith('/usr/') ? [] : [{ from: node, to: '/node' }]),
  ];
  return {
    seen: seen.filter(({ from }) => existsSync(from)),
    node: node.startsWith('/usr/') ? node : '/node',
    program: (name) => join(INSIDE, 'src', `${name}.${ending}`),
    file: (path) => join(INSIDE, relative(ROOT, path)),
  };
}
