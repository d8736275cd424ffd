/**
 * What a check of a client works with: the client, the server's word, the script, a record of the steps.
 *
 * A wait is up when the client has been asleep and the server has had nothing to do for a while, or after a bound: a
 * client that is slow because the machine is busy is ready to run, and is waited for.
 */
import type { Protocol } from '../../wire/index.ts';
import { safeText } from '../../bytes/index.ts';
import { same, type Text, text } from '../../check/index.ts';
import { itEnded, type ProgramEnd } from '../peers/program-end.ts';
import { patiently } from '../peers/patience.ts';
import type { Calls, ClientSymptom, Said } from './orders.ts';
import type { Pupil } from './pupil.ts';
import { type Asking, type ClientScript, filled, shows, type Values } from './script.ts';

const PATIENCE = { asleepMs: 2_000, boundMs: 20_000 };

/** The client did not do what it should. */
export class Missed extends Error {
  readonly expected: Text;
  readonly actual: Text;
  readonly symptom: ClientSymptom;

  constructor(expected: Text, actual: Text, symptom: ClientSymptom) {
    super(actual.en);
    this.expected = expected;
    this.actual = actual;
    this.symptom = symptom;
  }
}

/** What this client does leaves nothing to try. */
export class NotHere extends Error {
  readonly reason: Text;

  constructor(reason: Text) {
    super(reason.en);
    this.reason = reason;
  }
}

/** What the other side has seen and done so far. */
export interface Heard {
  readonly connected: boolean;
  /** It has something to do yet, so that an answer may still come. */
  readonly acting: boolean;
  readonly swapped: boolean;
  readonly closed: boolean;
  readonly asked: ReadonlySet<string>;
  readonly invalid: { readonly offset: number; readonly reason: string } | undefined;
  readonly failure: string | undefined;
}

/** The server on the other host, where it is one of ours. */
export class TeacherLog implements Heard {
  connected = false;
  acting = false;
  swapped = false;
  closed = false;
  readonly asked = new Set<string>();
  invalid: { readonly offset: number; readonly reason: string } | undefined;
  failure: string | undefined;
  /** What its calls say of the client, once it was asked. */
  calls: Calls | null | undefined;

  note(said: Said): void {
    if (said.said === 'connected') this.connected = true;
    else if (said.said === 'acting') this.acting = true;
    else if (said.said === 'idle') this.acting = false;
    else if (said.said === 'swapped') this.swapped = true;
    else if (said.said === 'closed') this.closed = true;
    else if (said.said === 'asked') this.asked.add(said.type);
    else if (said.said === 'invalid') this.invalid = said;
    else if (said.said === 'counted') this.calls = said.calls;
    else if (said.said === 'failed') this.failure = said.message;
  }
}

export interface LessonParts {
  readonly protocol: Protocol;
  readonly script: ClientScript;
  readonly values: Values;
  readonly pupil: Pupil;
  readonly log: Heard;
  /** Checks that passed. */
  readonly works: ReadonlySet<string>;
  readonly hangUp: () => void;
  /** What the answers may be as well: the time of a server that has a clock of its own. */
  readonly alternatives?: () => readonly Values[];
}

export class Lesson {
  readonly parts: LessonParts;
  readonly steps: Text[] = [];

  constructor(parts: LessonParts) {
    this.parts = parts;
  }

  step(en: string, zh: string): void {
    this.steps.push(text(en, zh));
  }

  /** The questions that the script has and that this client has been seen to ask well. */
  get questions(): Asking[] {
    return (['time', 'name', 'list'] as const).filter((what) => this.parts.works.has(what));
  }

  /** True when `probe` came true; false when the client ended, slept on it, or the bound passed. */
  until(probe: () => boolean): Promise<boolean> {
    const { pupil, log } = this.parts;
    const sound = (): boolean => {
      if (log.failure !== undefined) throw new Error(log.failure);
      return probe();
    };
    const over = (): boolean => pupil.end !== undefined;
    return patiently(sound, pupil, { ...PATIENCE, over, acting: () => log.acting });
  }

  /** Until the client shows `pattern`; looks again only when something new was printed. */
  async shown(pattern: string): Promise<boolean> {
    const { pupil, values, alternatives } = this.parts;
    let looked = -1;
    let found = false;
    return this.until(() => {
      if (looked === pupil.printed) return found;
      looked = pupil.printed;
      found = [values, ...(alternatives?.() ?? [])].some((one) => shows(pupil.screen, pattern, one));
      return found;
    });
  }

  async connected(): Promise<void> {
    this.step('start the client', '启动客户端');
    const { log, pupil } = this.parts;
    if (!(await this.until(() => log.connected)))
      throw new Missed(
        text('it connects', '建立连接'),
        pupil.end === undefined ? text('no SYN came', '没有收到 SYN') : ending(pupil.end),
        pupil.end === undefined ? { is: 'not-connected' } : { is: 'ended', ...pupil.end },
      );
    await this.play('start');
  }

  /** Types what the part says and waits for what must be shown; `expect` looks at what came since the last typing. */
  async play(part: 'start' | 'both' | 'quit' | Asking): Promise<void> {
    const { script, values, pupil } = this.parts;
    let typing = false;
    for (const step of script[part] ?? []) {
      if ('send' in step) {
        if (!typing) pupil.mark();
        typing = true;
        this.type(filled(step.send, values));
      } else {
        typing = false;
        const wanted = filled(step.expect, values);
        this.step(`wait for ${safeText(wanted)}`, `等待出现 ${safeText(wanted)}`);
        if (!(await this.shown(step.expect))) throw this.missing(wanted, part);
      }
    }
  }

  /** One question, and that it was asked of the server and not answered by the client itself. */
  async ask(what: Asking): Promise<void> {
    const { log } = this.parts;
    await this.play(what);
    if (log.asked.has(`${what}.request`)) return;
    if (log.invalid !== undefined) throw this.noPacket(log.invalid);
    throw new Missed(
      text(`${what}.request reaches the server`, `服务器收到 ${what}.request`),
      text('it was not asked', '没有收到请求'),
      { is: 'not-asked' },
    );
  }

  /** Only the typing of a part: whatever the answer will be, it is not what the script expects. */
  typeOnly(part: Asking): void {
    for (const step of this.parts.script[part] ?? []) {
      if ('expect' in step) return;
      this.type(filled(step.send, this.parts.values));
    }
  }

  type(line: string): void {
    this.step(`type ${JSON.stringify(safeText(line))}`, `输入 ${JSON.stringify(safeText(line))}`);
    this.parts.pupil.type(line);
  }

  /** The client says that it cannot go on, or ends by itself; it neither hangs nor is killed by a signal. */
  async givesUp(): Promise<void> {
    const { script, pupil } = this.parts;
    const expected =
      script.lost === undefined
        ? text('it ends by itself', '客户端自行结束')
        : text(`it says ${script.lost}`, `它说明：${script.lost}`);
    const { lost } = script;
    const said = lost === undefined ? await this.until(() => false) : await this.shown(lost);
    // One that has said so may be about to die of it.
    if (said) await this.until(() => pupil.end !== undefined);
    const { end } = pupil;
    if (end === undefined) {
      if (said && !pupil.busy()) return;
      const busy = pupil.busy();
      const how = busy ? text('it runs in a loop', '它在循环运行') : text('it waits', '它一直在等待');
      throw new Missed(expected, how, { is: 'did-not-end', busy, unread: pupil.unread() });
    }
    if (end.signal !== null) throw new Missed(expected, ending(end), { is: 'ended', ...end });
    if (lost !== undefined && !said)
      throw new Missed(
        expected,
        text(`${ending(end).en} without saying so`, `${ending(end).zh}，且没有说明`),
        { is: 'said-nothing', code: end.code },
      );
  }

  noPacket({ offset, reason }: { readonly offset: number; readonly reason: string }): Missed {
    return new Missed(
      text('what it sends is packets', '它发送的都是合法分组'),
      text(`at byte ${offset} stands no packet: ${reason}`, `第 ${offset} 字节处不是合法分组：${reason}`),
      { is: 'not-a-packet', offset, reason },
    );
  }

  missing(wanted: string, part: string): Missed {
    const { pupil, log } = this.parts;
    if (log.invalid !== undefined) return this.noPacket(log.invalid);
    const expected = text(`it shows ${safeText(wanted)}`, `它显示 ${safeText(wanted)}`);
    if (pupil.end !== undefined)
      return new Missed(expected, ending(pupil.end), { is: 'ended', ...pupil.end });
    const tail = pupil.screen.trim().split('\n').at(-1) ?? '';
    const actual =
      tail === '' ? text('it shows nothing', '它什么也没有显示') : same(safeText(tail.slice(-120)));
    return new Missed(expected, actual, {
      is: 'not-shown',
      asked: part === 'both' || log.asked.has(`${part}.request`),
      unread: pupil.unread(),
      busy: pupil.busy(),
    });
  }
}

export const ending = (end: ProgramEnd): Text => itEnded(text('it', '它'), end);
