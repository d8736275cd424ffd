/**
 * `node scripts/bundle.ts DIST`: the last step of scripts/build, for the commands' start. Of chatd and chat-repl, and of
 * those commands of chat-lab that start no programs of the kit's, it makes a few files each, with what they use of zod,
 * js-yaml, commander and so on, where to look for, read and compile 250 files takes longer than all that most starts
 * have to do. What a command loads only when it needs it stays a file of its own. Beside each protocol that comes with
 * the kit it puts the description, checked.
 *
 * The rooms stay as they are, one file for each module: for who imports them, and for the programs that labs start.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown, type OutputChunk } from 'rolldown';
import type * as Wire from '../src/wire/index.ts';

const [dist = 'dist'] = process.argv.slice(2);
const built = resolve(dist);
const COMMANDS = ['chatd', 'chat-repl'];
/** chat-lab loads each of its commands when it is asked for: these are such modules, and chat-lab stays as it is. */
const PARTS_OF_CHAT_LAB = ['trace', 'protocol', 'lab-top'];
/** All on one level, as deep as the rooms' modules are: `new URL('../../protocols/', import.meta.url)` means the same. */
const FOLDER = 'src/bin';

const { loadProtocol, packDescription, shippedProtocols } = (await import(
  pathToFileURL(join(built, 'src/wire/index.js')).href
)) as typeof Wire;
for (const name of shippedProtocols()) {
  writeFileSync(join(built, `protocols/${name}.ready.json`), packDescription(loadProtocol(name).description));
}

/** What brings machine code or files of its own; and what only starts processes, which takes long anyway. */
const ALONE = ['koffi', 'string-width', 'execa', 'blessed', /^blessed-contrib\//];
/** What chat-lab itself has loaded: a second one beside it would not know the first one's errors and commands. */
const OF_CHAT_LAB = ['commander', /\/bytes\/index\.js$/];

const commands = [
  ...(await bundled(FOLDER, COMMANDS, ALONE)),
  ...(await bundled(FOLDER, PARTS_OF_CHAT_LAB, [...ALONE, ...OF_CHAT_LAB])),
];
// What every command loads, in the place of its face: one file for whoever imports it.
const face = await bundled('src/bytes', ['index'], ALONE);

const packages = new Set<string>();
for (const each of face) writeFileSync(join(built, 'src/bytes', each.fileName), each.code);
for (const each of commands) {
  writeFileSync(join(built, FOLDER, each.fileName), each.code);
  for (const id of each.moduleIds) {
    const folder = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1];
    if (folder !== undefined) packages.add(folder);
  }
}
writeFileSync(join(built, FOLDER, 'LICENSES.txt'), licences([...packages].sort()));

async function bundled(
  folder: string,
  names: readonly string[],
  external: (string | RegExp)[],
): Promise<OutputChunk[]> {
  const bundle = await rolldown({
    cwd: built,
    input: Object.fromEntries(names.map((name) => [name, join(built, folder, `${name}.js`)])),
    platform: 'node',
    external,
    // A module of ours does nothing by being imported, except the commands themselves: what is not used can be left out.
    treeshake: { moduleSideEffects: [{ test: /\/src\/(?!bin\/)|\/zod\/|\/js-yaml\//, sideEffects: false }] },
  });
  // Not made smaller otherwise: names and lines are what a stack trace shows, and `//#region` above them says which module.
  const { output } = await bundle.generate({
    format: 'esm',
    chunkFileNames: 'part-[name]-[hash].js',
    comments: { legal: true, annotation: false, jsdoc: false },
  });
  await bundle.close();
  return output.map((each) => {
    if (each.type !== 'chunk') throw new Error(`${each.fileName} is no chunk`);
    return each;
  });
}

/** Who wrote what is in the bundles: each package's own words, as its licence asks. */
function licences(folders: readonly string[]): string {
  return folders
    .map((folder) => {
      const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
      if (file === undefined) throw new Error(`${folder} has no licence to hand on`);
      const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        name: string;
        version: string;
      };
      return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}
