/**
 * Submissions from strangers: archives with bytes changed, cut out, put in and repeated, some of them sealed again so that
 * the damage gets past the checksum, and some made to fill the disk. Each is unpacked, as far as it goes, below its own
 * folder and within the limits, or is refused in a sentence.
 */
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { MAX_FILES, readHandedIn } from '../../src/grade/class/archive.ts';
import { MAX_BYTES } from '../../src/grade/class/entry.ts';
import { unpackSubmission } from '../../src/grade/class/submissions.ts';
import { archiveBombs, realArchives, type Seed, sealTar } from './archive-seeds.ts';
import type { Allowances } from './effort.ts';
import { harmed } from './fuzz-captures.ts';
import { fuzzInputs, type InputFigures, type InputPlan } from './fuzz-inputs.ts';
import type { Chance } from './random.ts';

/** Most of the work is the machine's own: files that are written, and zlib. */
const ALLOWED: Allowances = {
  allocatedBytes: { base: 64 * 1024 ** 2, perByte: 256 },
  cpuUs: { base: 30_000_000, perByte: 20 },
};
/** Of a sentence about one thing that is wrong. */
const LONGEST_PROBLEM = 1_000;

export interface ArchiveFigures extends InputFigures {
  /** Unpacked in part or whole; the others were refused. */
  readonly unpacked: number;
  readonly refused: number;
  readonly files: number;
  readonly problems: number;
}

/** Throws when something does not hold, with the seed that shows it again. */
export function fuzzArchives(count: number, seed: number): ArchiveFigures {
  const top = mkdtempSync(join(tmpdir(), 'archives '));
  const figures = { unpacked: 0, refused: 0, files: 0, problems: 0 };
  const seeds = realArchives();
  const plan: InputPlan<Seed> = {
    kind: 'archive',
    named: [...seeds.map((one) => [`a ${one.kind} as it should be`, one] as const), ...archiveBombs()],
    byChance: (chance) => spoilt(seeds, chance),
    lengthOf: ({ bytes }) => bytes.length,
    allowed: ALLOWED,
    judge: (archive) => {
      const { files, problems } = handIn(top, archive);
      if (files === undefined && seeds.includes(archive)) throw new Error('it is refused');
      if (files === undefined) figures.refused++;
      else figures.unpacked++;
      figures.files += files ?? 0;
      figures.problems += problems;
    },
  };
  try {
    return { ...fuzzInputs(plan, count, seed), ...figures };
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

/** Tars are harmed inside of their gzip as well; every second time only numbers in headers, which are sealed again. */
function spoilt(seeds: readonly Seed[], chance: Chance): Seed {
  const { kind, bytes } = chance.of(seeds);
  if (kind !== 'tar') return { kind, bytes: harmed(bytes, chance, chance.below(2) === 0 ? 2 : 12) };
  const sealed = chance.below(2) === 0;
  const inner = sealed ? Buffer.from(bytes) : Buffer.from(harmed(bytes, chance));
  for (let left = sealed ? 1 + chance.below(3) : 0; left > 0; left--) {
    // Whatever stands where a header could.
    const header = inner.subarray(BLOCK * chance.below(inner.length / BLOCK));
    header[chance.of(TELLING_PLACES)] = chance.of(TELLING);
    sealTar(header);
  }
  return chance.below(4) === 0 ? { kind: 'tgz', bytes: gzipSync(inner) } : { kind, bytes: inner };
}

const BLOCK = 512;
/** Name, mode, size, type, prefix. */
const TELLING_PLACES = [0, 1, 99, 106, 124, 125, 134, 135, 156, 345] as const;
const TELLING = [0, 0x20, 0x2e, 0x2f, 0x31, 0x32, 0x37, 0x4c, 0x78, 0x80, 0xff] as const;

/** Hands it in; answers how many files came of it, undefined for none at all. Throws when something does not hold. */
function handIn(top: string, { kind, bytes }: Seed): { files: number | undefined; problems: number } {
  const name = kind === 'tgz' ? 's1.tar.gz' : `s1.${kind}`;
  const into = join(top, 'into');
  mkdirSync(into);
  writeFileSync(join(top, name), bytes);
  try {
    const submission = unpackSubmission(top, name, into, /^s(\d+)$/);
    const { problems, folder } = submission;
    const long = problems.find((problem) => problem.length > LONGEST_PROBLEM);
    if (long !== undefined) throw new Error(`a problem of ${long.length} characters`);
    // Its folder and nothing else stands where submissions are unpacked, and nothing but that beside the archive.
    const beside = [...readdirSync(top), ...readdirSync(into)].filter(
      (one) => one !== 'into' && one !== name,
    );
    if (beside.some((one) => !folder.endsWith(one))) throw new Error(`outside of it: ${beside.join(', ')}`);
    if (folder === '') {
      const [why = ''] = problems;
      if (problems.length !== 1 || why.includes(top)) throw new Error(`refused for ${problems.join('; ')}`);
      return { files: undefined, problems: 1 };
    }
    const found = filesBelow(folder);
    const total = found.reduce((sum, size) => sum + size, 0);
    if (found.length > MAX_FILES) throw new Error(`${found.length} files`);
    if (total > MAX_BYTES) throw new Error(`${total} bytes`);
    // What is in memory is what is on disk.
    const { files } = readHandedIn(join(top, name));
    if (files.size !== found.length)
      throw new Error(`${files.size} files were read, ${found.length} written`);
    return { files: found.length, problems: problems.length };
  } finally {
    rmSync(into, { recursive: true, force: true });
    rmSync(join(top, name));
  }
}

/** Sizes of the files. Throws for what is neither a file nor a folder. */
function filesBelow(folder: string): number[] {
  return readdirSync(folder).flatMap((name) => {
    const facts = lstatSync(join(folder, name));
    if (facts.isDirectory()) return filesBelow(join(folder, name));
    if (!facts.isFile()) throw new Error(`${name} is no regular file`);
    return [facts.size];
  });
}
