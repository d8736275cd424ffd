/** What was run, for `history_request`. It lives as long as the kernel, and has one session. */
import type { HistoryQuestion } from './front-content.ts';
import type { RunId } from './thread-messages.ts';

const SESSION = 1;

interface Entry {
  readonly count: number;
  readonly code: string;
  readonly stored: boolean;
  result: string | null;
}

type Row = [session: number, line: number, entry: string | [code: string, result: string | null]];

export class CellHistory {
  readonly #entries = new Map<RunId, Entry>();

  add(run: RunId, count: number, code: string, stored: boolean): void {
    this.#entries.set(run, { count, code, stored, result: null });
  }

  result(run: RunId, text: string): void {
    const entry = this.#entries.get(run);
    if (entry) entry.result = text;
  }

  /** The number that stands in front of a run's result: In[3], Out[3]. */
  countOf(run: RunId): number {
    return this.#entries.get(run)?.count ?? 0;
  }

  answer(question: HistoryQuestion): Row[] {
    const stored = [...this.#entries.values()].filter((entry) => entry.stored);
    return this.#select(stored, question).map(({ count, code, result }) => [
      SESSION,
      count,
      question.output ? [code, result] : code,
    ]);
  }

  #select(entries: Entry[], question: HistoryQuestion): Entry[] {
    const { n } = question;
    const last = (of: Entry[]): Entry[] =>
      typeof n === 'number' ? of.slice(Math.max(0, of.length - n)) : of;
    switch (question.hist_access_type) {
      case 'tail':
        return last(entries);
      case 'range': {
        // Session 0 is the present one.
        if (
          question.session !== undefined &&
          question.session !== null &&
          ![0, SESSION].includes(question.session)
        )
          return [];
        const { start, stop } = question;
        return entries.filter(({ count }) => count >= (start ?? 0) && count < (stop ?? Infinity));
      }
      case 'search': {
        const matches = entries.filter(({ code }) => glob(question.pattern ?? '*').test(code));
        if (!question.unique) return last(matches);
        return last(
          matches.filter(({ code }, at) => !matches.slice(at + 1).some((later) => later.code === code)),
        );
      }
    }
  }
}

/** A shell pattern, as IPython takes it: `*` any text, `?` one character. */
function glob(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}
