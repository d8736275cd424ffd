import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { studentPort } from '../chat/index.ts';
import type { Language } from '../check/index.ts';
import { makeDirectory, type Review, review, runLab } from '../lab/index.ts';
import { loadProtocol } from '../wire/index.ts';
import { errorText, version } from './main.ts';
import type { Board } from './progress.ts';

export interface Flags {
  readonly all: boolean;
  readonly jobs: number;
  readonly ask: boolean;
  readonly out?: string;
  readonly lang: Language;
  readonly student?: string;
  readonly port?: number;
  readonly protocol: string;
  readonly hosts: 'auto' | 'namespaces' | 'loopback';
  readonly json: boolean;
}

/** What came of one lab. Without `error` there is a review of a run that came to its end. */
export interface Outcome {
  readonly lab: string;
  readonly directory: string;
  readonly review: Review | undefined;
  readonly error: unknown;
  /** It was complete already: an earlier call of this batch ran it. */
  readonly kept: boolean;
}

/** The port that server and captures use, unless the lab has one of its own. */
export const portOf = (flags: Flags): number =>
  flags.port ??
  (flags.student === undefined
    ? (loadProtocol(flags.protocol).description.port ?? 5264)
    : studentPort(flags.student));

/** Runs one lab into a new directory and reviews it. Never rejects: what stopped it is in the outcome. */
export async function runOne(
  lab: string,
  directory: string,
  flags: Flags,
  board: Board,
  signal: AbortSignal,
  predictions: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  board.begin(lab);
  const base = { lab, directory, kept: false };
  try {
    makeDirectory(directory);
    await runLab({
      lab,
      directory,
      protocol: flags.protocol,
      port: portOf(flags),
      ...(flags.student === undefined ? {} : { student: flags.student }),
      hosts: flags.hosts,
      command: againWith([lab], flags),
      kit: version(),
      predictions,
      progress: (step, done, total) => board.show(lab, step[flags.lang], done, total),
      signal,
    });
    return { ...base, review: await review(directory, flags.lang), error: undefined };
  } catch (error) {
    return { ...base, review: await reviewIncomplete(directory, flags.lang, board), error };
  }
}

/** A report on what is there. Its failure must not hide why the run failed. */
async function reviewIncomplete(
  directory: string,
  language: Language,
  board: Board,
): Promise<Review | undefined> {
  if (!existsSync(join(directory, 'evidence.json'))) return undefined;
  board.say(`What was seen until then is in ${shown(directory)}, marked incomplete.`);
  try {
    return await review(directory, language);
  } catch (error) {
    board.say(`It has no report: ${errorText(error)}`);
    return undefined;
  }
}

/** How to run it again, as the report prints it. */
export function againWith(labs: readonly string[], flags: Flags): string[] {
  return [
    'labs/run',
    ...labs,
    ...(flags.lang === 'en' ? [] : ['--lang', flags.lang]),
    ...(flags.student === undefined ? [] : ['--student', flags.student]),
    ...(flags.port === undefined ? [] : ['--port', String(flags.port)]),
    ...(flags.protocol === 'clp' ? [] : ['--protocol', flags.protocol]),
    ...(flags.hosts === 'auto' ? [] : ['--hosts', flags.hosts]),
  ];
}

/** A path as somebody in this folder would type it. */
export function shown(path: string): string {
  const near = relative('.', path);
  return near.startsWith('..') ? path : near;
}
