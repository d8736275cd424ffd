import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { KitError, text } from '../bytes/index.ts';
import { replaceOwnFile } from '../files/index.ts';
import { guard, makeDirectory } from './directory.ts';
import { isAlive, thisProcess } from './owner.ts';

/**
 * A batch is a run of several labs into one directory, one folder for each lab. `batch.json` says what was asked for,
 * so that whoever asks for the same again after an interruption goes on where it was.
 */
const BATCH = z.object({
  format: z.literal('socket-lab-kit batch'),
  version: z.literal(1),
  /** A digest of labs and parameters: what must be equal to go on. */
  key: z.string(),
  labs: z.array(z.string()),
  /** The process that works on it; another one must not. */
  owner: z.object({ pid: z.number(), started: z.string() }),
  /** Every lab was tried to its end. */
  finished: z.boolean(),
});
type BatchFile = z.infer<typeof BATCH>;

const FILE = 'batch.json';

/** What a batch is about. Two with equal plans are the same work. */
export interface BatchPlan {
  readonly labs: readonly string[];
  readonly parameters: Readonly<Record<string, string | number | null>>;
}

export interface Batch {
  readonly directory: string;
  /** It was there already, interrupted. */
  readonly resumed: boolean;
  /** The folder of one lab's run. */
  folder(lab: string): string;
  /** Every lab was tried to its end: the next call begins anew. */
  finish(): void;
}

/**
 * Opens the batch in `directory`: a new one, or one with the same plan that was interrupted.
 *
 * @throws KitError `not-empty` (usage) when there is something else, `batch-busy` (usage) when another process is at it.
 */
export function openBatch(directory: string, plan: BatchPlan): Batch {
  const key = keyOf(plan);
  const found = existsSync(directory) ? readBatch(directory) : undefined;
  const resumed = found?.key === key && !found.finished;
  if (!resumed) makeDirectory(directory);
  else if (isAlive(found.owner)) {
    throw new KitError(
      'batch-busy',
      text(
        `process ${found.owner.pid} is at work in ${directory}`,
        `进程 ${found.owner.pid} 正在使用 ${directory}`,
      ),
      {
        fault: 'usage',
        hint: text('Wait for it, or give another --out.', '请等它结束，或换一个 --out。'),
      },
    );
  }
  const file: BatchFile = {
    format: 'socket-lab-kit batch',
    version: 1,
    key,
    labs: [...plan.labs],
    owner: thisProcess(),
    finished: false,
  };
  save(directory, file);
  return {
    directory,
    resumed,
    folder: (lab) => join(directory, lab),
    finish: () => save(directory, { ...file, finished: true }),
  };
}

/** The newest interrupted batch with this plan among the folders of `parent`; undefined when there is none. */
export function interruptedBatch(parent: string, plan: BatchPlan): string | undefined {
  if (!existsSync(parent)) return undefined;
  const key = keyOf(plan);
  return readdirSync(parent)
    .sort()
    .reverse()
    .map((name) => join(parent, name))
    .find((directory) => {
      const batch = readBatch(directory);
      return batch?.key === key && !batch.finished && !isAlive(batch.owner);
    });
}

/** Moves an unfinished run out of the way, since evidence is never overwritten. */
export function setAside(folder: string): void {
  for (let n = 1; ; n++) {
    const target = join(dirname(folder), `${basename(folder)}.incomplete-${n}`);
    if (existsSync(target)) continue;
    guard(folder, () => renameSync(folder, target));
    return;
  }
}

const keyOf = (plan: BatchPlan): string =>
  createHash('sha256')
    .update(JSON.stringify([plan.labs, Object.entries(plan.parameters).sort()]))
    .digest('hex');

function save(directory: string, batch: BatchFile): void {
  const text = `${JSON.stringify(batch, null, 2)}\n`;
  guard(directory, () => replaceOwnFile(join(directory, FILE), text));
}

/** undefined: no batch, or one of another version, or a file that somebody else wrote. */
function readBatch(directory: string): BatchFile | undefined {
  const path = join(directory, FILE);
  if (!existsSync(path)) return undefined;
  try {
    const parsed = BATCH.safeParse(JSON.parse(readFileSync(path, 'utf8')));
    return parsed.success ? parsed.data : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
