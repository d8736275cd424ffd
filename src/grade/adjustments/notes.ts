/** What an adjustment runs into, in the words of whoever made it. */
import { alike, assertNever, nearest, safeText } from '../../bytes/index.ts';
import { adjustGrade, type AdjustmentNote, type Grade } from '../../check/index.ts';
import { type Adjustments, type Entry, type EntryProblem, sameTwice } from './file.ts';

/** So many names are listed, the nearest first. */
const MOST_NAMES = 12;

/** `there is no task sever; is it server? There are …` */
export function unknownName(what: string, wanted: string, known: readonly string[], where = ''): string {
  // Of numbers one is as near as the next, and it would be another student.
  const like = wanted.length > 64 || /^\d+$/.test(wanted) ? undefined : alike(wanted, known);
  const names = nearest(wanted.slice(0, 64), known).map((name) => safeText(name.slice(0, 64)));
  const more = names.length - MOST_NAMES;
  return [
    `there is no ${what} ${safeText(wanted.slice(0, 64))}${where}`,
    like === undefined ? '. ' : `; is it ${safeText(like)}? `,
    known.length === 0 ? 'There is none.' : `The ${what}s: ${names.slice(0, MOST_NAMES).join(', ')}`,
    more > 0 ? ` and ${more} more` : '',
  ].join('');
}

type Note = AdjustmentNote<Entry>;

/** `server of ann`; empty in a file for one grade. */
const whole = ({ submission, task }: Entry): string =>
  submission === '' ? '' : safeText(`${task} of ${submission}`);

/** A note that keeps the adjustment from being made; undefined: it is a remark. */
export function problemOf(note: Note): EntryProblem | undefined {
  const { adjustment: entry } = note;
  switch (note.kind) {
    case 'unknown-check': {
      const where = whole(entry) === '' ? '' : ` in ${whole(entry)}`;
      return { entry, key: 'check', message: unknownName('check', entry.check ?? '', note.known, where) };
    }
    case 'above': {
      const what = entry.check === undefined ? whole(entry) : safeText(entry.check);
      const most = `the maximum${what === '' ? '' : ` of ${what}`} is ${note.max}`;
      return { entry, key: 'points', message: `${most}; where more is meant say bonus: true` };
    }
    case 'stopped':
    case 'moot':
    case 'changed':
      return undefined;
    default:
      return assertNever(note);
  }
}

/** A remark: the adjustment stands, and is to be looked at. */
export function remarkOf(note: Note, file: string): string | undefined {
  const { adjustment } = note;
  const { submission, task, check, line } = adjustment;
  const what = [submission, task, check].filter((part) => part !== undefined && part !== '').join(' ');
  const head = `${file}:${line}: ${safeText(what)}${what === '' ? '' : ': '}`;
  switch (note.kind) {
    case 'unknown-check':
    case 'above':
      return undefined;
    case 'stopped':
      return `${head}what is added stops at ${note.at}${note.at === 0 ? '' : '; with bonus: true it would go above the maximum'}`;
    case 'moot':
      return `${head}counts for nothing, since the task as a whole is set or excused`;
    case 'changed':
      return `${head}decided when the grader gave ${note.upon}; now it gives ${note.now}. Look again, and write grader: ${note.now} when it stands`;
    default:
      return assertNever(note);
  }
}

/**
 * A single grade with all adjustments of its file made, and remarks on them.
 *
 * @throws KitError `bad-adjustments` (usage).
 */
export function adjustOne(
  grade: Grade,
  { file, entries, error }: Adjustments,
): { grade: Grade; remarks: string[] } {
  const twice = sameTwice(entries, ({ check }) => check ?? '');
  if (twice.length > 0) throw error(twice);
  const { grade: adjusted, notes } = adjustGrade(grade, entries);
  const problems = notes.flatMap((note) => problemOf(note) ?? []);
  if (problems.length > 0) throw error(problems);
  return { grade: adjusted, remarks: notes.flatMap((note) => remarkOf(note, file) ?? []) };
}
