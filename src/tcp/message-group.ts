/** Messages that one frame completed, or one run of segments: a few in full, the others counted. */
import { safeText } from '../bytes/index.ts';
import { type AppMessage, summaryIn } from './app.ts';
import type { Language, Words } from './words.ts';

/** Up to four are all shown; of more the first two, and a line that counts the others. */
const ALL_UP_TO = 4;
const IN_FULL = 2;
const SHORT = 40;

type Named = Pick<AppMessage, 'name' | 'summary' | 'summaryZh'>;

export class MessageGroup {
  count = 0;
  /** Of the first ones and of the last one only what is told of them: there are many groups. */
  #first: (string | Named)[] | undefined;
  #other: Named | undefined;
  #last: Named | undefined;

  add(message: AppMessage): void {
    this.count++;
    const { name, summary, summaryZh } = message;
    const told = summaryZh === undefined ? { name, summary } : { name, summary, summaryZh };
    const line = summaryZh === undefined ? summary : told;
    if (this.#first === undefined) this.#first = [line];
    else if (this.count <= ALL_UP_TO) this.#first.push(line);
    if (this.count <= IN_FULL) return;
    this.#last = told;
    this.#other ??= this.#last;
  }

  /** Safe for a terminal. */
  lines(words: Words): string[] {
    if (this.#first === undefined) return [];
    const { language } = words;
    const shown = this.#first.map((line) =>
      safeText(typeof line === 'string' ? line : summaryIn(line, language)),
    );
    if (this.count <= ALL_UP_TO || this.#other === undefined || this.#last === undefined) return shown;
    const others = safeText(range(brief(this.#other, language), brief(this.#last, language)));
    return [...shown.slice(0, IN_FULL), words.moreMessages(this.count - IN_FULL, others)];
  }
}

/** `time.response #4`: the kind and the number of the request, where the summary begins with them. */
function brief(message: Named, language: Language): string {
  const { name } = message;
  const summary = summaryIn(message, language);
  if (!summary.startsWith(name)) return summary.length > SHORT ? `${summary.slice(0, SHORT)}…` : summary;
  return name + (/^ #\d+/.exec(summary.slice(name.length))?.[0] ?? '');
}

/** `time.response #4 … #12`; kinds that differ are both named. */
function range(first: string, last: string): string {
  if (first === last) return first;
  const [, kind, number] = /^(.*) (#\d+)$/.exec(last) ?? [];
  return kind !== undefined && first.startsWith(`${kind} #`)
    ? `${first} … ${number ?? ''}`
    : `${first} … ${last}`;
}
