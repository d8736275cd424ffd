/**
 * `node scripts/bundle.ts DIST`: the last step of scripts/build, for the start of all programs. To look for, read and
 * compile 250 to 400 files, half of them zod's and execa's, takes longer than all that most starts have to do.
 *
 * Of chatd and chat-repl, and of those commands of chat-lab that start no programs of the kit's, it makes a few files
 * each: they are started most often, and hold nothing but what they use. All the rest, that is chat-lab, the programs
 * that labs and grading start, the labs, and the rooms' faces for who imports them, is bundled together: each module is
 * in one file only, so that no process ever has two classes of the same name. What is loaded only when it is needed
 * stays a file of its own. Beside each protocol that comes with the kit it puts the description, checked.
 */
import { globSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown, type OutputChunk } from 'rolldown';
import type * as Wire from '../src/wire/index.ts';

const [dist = 'dist'] = process.argv.slice(2);
const built = resolve(dist);
const COMMANDS = ['chatd', 'chat-repl'];
/** chat-lab loads each of its commands when it is asked for: these are such modules, and chat-lab stays as it is. */
const PARTS_OF_CHAT_LAB = ['trace', 'protocol', 'lab-top'];
/** What is started by its path (`programPath`, `new Worker`), or imported by it: entries, which keep their places. */
const PROGRAMS = [
  'bin/chat-lab',
  'grade/class/report-worker',
  'grade/clients/{examiner,teacher}',
  'grade/interop/{match,neighbour}',
  'grade/notebook/examinee',
  'grade/peers/{driver,referee}',
  'jupyter/{front,watchdog-main}',
  'jupyter/world/{seat,stage}-main',
  'lab/{actor,peer,worker}',
].map((program) => `src/${program}.js`);
const ENTRIES = [...PROGRAMS, 'src/*/index.js', 'labs/*/lab.js'];

const { loadProtocol, packDescription, shippedProtocols } = (await import(
  pathToFileURL(join(built, 'src/wire/index.js')).href
)) as typeof Wire;
for (const name of shippedProtocols()) {
  writeFileSync(join(built, `protocols/${name}.ready.json`), packDescription(loadProtocol(name).description));
}

/** What brings machine code or files of its own. */
const ALONE = ['koffi', 'zeromq', 'string-width', 'blessed', /^blessed-contrib\//];
/** What only starts processes, which takes long anyway. */
const STARTS = 'execa';
/** What chat-lab itself has loaded: a second one beside it would not know the first one's errors and commands. */
const OF_CHAT_LAB = ['commander', /\/bytes\/index\.js$/];

const entries = globSync(ENTRIES, { cwd: built }).map((file) => file.replace(/\.js$/, ''));
const chunks = [
  ...(await bundled('src/bin', COMMANDS, [...ALONE, STARTS])),
  ...(await bundled('src/bin', PARTS_OF_CHAT_LAB, [...ALONE, STARTS, ...OF_CHAT_LAB])),
  ...(await bundled(
    '',
    entries,
    [...ALONE, 'commander', /^\/.*\/bin\/(trace|protocol|lab-top)\.js$/],
    'src/parts/',
  )),
];
const within = new Set(chunks.flatMap(({ moduleIds }) => moduleIds));
for (const file of globSync(['src/**/*.js', 'labs/**/*.js'], { cwd: built })) {
  const path = join(built, file);
  // Types only, or nothing but names of other modules.
  const empty =
    readFileSync(path, 'utf8')
      .replaceAll(/\/\*[^]*?\*\/|^(?:im|ex)port \{[^}]*\}.*$/gm, '')
      .trim() === '';
  if (!within.has(path) && !empty)
    throw new Error(`${file} is in no bundle: a program that ENTRIES does not name?`);
  // Nobody is to load a module again that is in a bundle.
  rmSync(path);
}

const packages = new Set<string>();
for (const each of chunks) {
  mkdirSync(dirname(join(built, each.fileName)), { recursive: true });
  writeFileSync(join(built, each.fileName), placed(each));
  for (const id of each.moduleIds) {
    const folder = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1];
    if (folder !== undefined) packages.add(folder);
  }
}
writeFileSync(join(built, 'src/bin/LICENSES.txt'), licences([...packages].sort()));

/** Bundles of the entries `names` in `folder`; what several of them share gets into `partsFolder` below that. */
async function bundled(
  folder: string,
  names: readonly string[],
  external: (string | RegExp)[],
  partsFolder = '',
): Promise<OutputChunk[]> {
  const bundle = await rolldown({
    cwd: built,
    input: Object.fromEntries(names.map((name) => [name, join(built, folder, `${name}.js`)])),
    platform: 'node',
    external,
    plugins: [{ name: 'places', transform: (code, id) => withPlace(code, id) }],
    // A module of ours does nothing by being imported, except the commands themselves: what is not used can be left out.
    treeshake: { moduleSideEffects: [{ test: /\/src\/(?!bin\/)|\/zod\/|\/js-yaml\//, sideEffects: false }] },
  });
  // Not made smaller otherwise: names and lines are what a stack trace shows, and `//#region` above them says which module.
  const { output } = await bundle.generate({
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: `${partsFolder}part-[name]-[hash].js`,
    comments: { legal: true, annotation: false, jsdoc: false },
  });
  await bundle.close();
  return output.map((each) => {
    if (each.type !== 'chunk') throw new Error(`${each.fileName} is no chunk`);
    return { ...each, fileName: join(folder, each.fileName) };
  });
}

/** A module finds the kit's files and programs from where it lies, not from where the bundle does that it gets into. */
function withPlace(code: string, id: string): string | undefined {
  if (id.includes('/node_modules/') || !code.includes('import.meta.url')) return undefined;
  return code.replaceAll(
    'import.meta.url',
    `new URL("module-of-kit:${relative(built, id)}", import.meta.url).href`,
  );
}

/** The code of a bundle, now that it is known where it lies. */
function placed({ code, fileName }: OutputChunk): string {
  return code.replace(/module-of-kit:([^"]+)/g, (_, module: string) => {
    const path = relative(dirname(fileName), module);
    return path.startsWith('.') ? path : `./${path}`;
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
