/** Messages that one frame completed, or one run of segments: a few in full, the others counted. */
import { safeText } from '../bytes/index.ts';
import type { AppMessage } from './app.ts';
import type { Words } from './words.ts';

/** Up to four are all shown; of more the first two, and a line that counts the others. */
const ALL_UP_TO = 4;
const IN_FULL = 2;
const SHORT = 40;

type Named = Pick<AppMessage, 'name' | 'summary'>;

export class MessageGroup {
  count = 0;
  /** Of the first ones and of the last one only what is told of them: there are many groups. */
  #first: string[] | undefined;
  #other: Named | undefined;
  #last: Named | undefined;

  add(message: AppMessage): void {
    this.count++;
    const { name, summary } = message;
    if (this.#first === undefined) this.#first = [summary];
    else if (this.count <= ALL_UP_TO) this.#first.push(summary);
    if (this.count <= IN_FULL) return;
    this.#last = { name, summary };
    this.#other ??= this.#last;
  }

  /** Safe for a terminal. */
  lines(words: Words): string[] {
    if (this.#first === undefined) return [];
    const shown = this.#first.map(safeText);
    if (this.count <= ALL_UP_TO || this.#other === undefined || this.#last === undefined) return shown;
    const others = safeText(range(brief(this.#other), brief(this.#last)));
    return [...shown.slice(0, IN_FULL), words.moreMessages(this.count - IN_FULL, others)];
  }
}

/** `time.response #4`: the kind and the number of the request, where the summary begins with them. */
function brief({ name, summary }: Named): string {
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
