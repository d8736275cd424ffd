/** How a program under test ended, and the limit on the memory of all that it starts. */
import { constants } from 'node:os';
import { z } from 'zod';
import { same, text, type Text } from '../../check/index.ts';
import { FamilyWatch, type HostProcess } from '../../host/index.ts';

export const PROGRAM_END = z.object({
  code: z.number().nullable(),
  signal: z.string().nullable(),
  /** The limit in MiB, where we ended it for going beyond. */
  overMiB: z.number().nullable(),
});
export type ProgramEnd = z.infer<typeof PROGRAM_END>;

const DEADLY = ['SIGPIPE', 'SIGSEGV', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGKILL', 'SIGTERM'] as const;

/** Shells and sandboxes say 128 + n of a child that signal n ended. */
function endOf(code: number | undefined, signal: string | undefined, overMiB: number | null): ProgramEnd {
  const byCode = DEADLY.find((name) => code === 128 + constants.signals[name]);
  return signal === undefined && byCode === undefined
    ? { code: code ?? null, signal: null, overMiB }
    : { code: null, signal: signal ?? byCode ?? null, overMiB };
}

/** Generous: a virtual machine of Java is no fault. */
export const DEFAULT_MEMORY_MIB = 2048;

/** A program under test: its end, once there is one, and what ends it when its family takes too much memory. */
export class Limited {
  readonly ended: Promise<ProgramEnd>;
  readonly #child: HostProcess;
  readonly #memoryMiB: number;
  #over = false;

  constructor(child: HostProcess, memoryMiB: number) {
    this.#child = child;
    this.#memoryMiB = memoryMiB;
    const family = new FamilyWatch(child.pid, memoryMiB, () => {
      this.#over = true;
      family.kill();
    });
    this.ended = child.ended.then(({ code, signal }) => {
      family.stop();
      return this.#endOf(code, signal);
    });
  }

  get end(): ProgramEnd | undefined {
    const { end } = this.#child;
    return end === undefined ? undefined : this.#endOf(end.code, end.signal);
  }

  #endOf(code: number | undefined, signal: string | undefined): ProgramEnd {
    return endOf(code, signal, this.#over ? this.#memoryMiB : null);
  }
}

/** What ended it, in words that stand behind a colon or in brackets. */
export function howItEnded({ code, signal, overMiB }: ProgramEnd): Text {
  if (overMiB !== null)
    return text(`the grader: more than ${overMiB} MiB of memory`, `评分器：内存超过 ${overMiB} MiB`);
  return signal === null ? text(`exit code ${code ?? '?'}`, `退出码 ${code ?? '?'}`) : same(signal);
}

/** The whole sentence, of `who`. */
export function itEnded(who: Text, end: ProgramEnd): Text {
  const { en, zh } = howItEnded(end);
  return end.signal === null && end.overMiB === null
    ? text(`${who.en} ended with ${en}`, `${who.zh}已结束，${zh}`)
    : text(`${who.en} was ended by ${en}`, `${who.zh}被终止：${zh}`);
}

/** Why it was ended by us; undefined: it was not. */
export function beyondMemory({ overMiB }: ProgramEnd): Text | undefined {
  if (overMiB === null) return undefined;
  return text(
    `it and what it started held more than ${overMiB} MiB: something is kept for each client or packet and never freed, or a length from the network was allocated unchecked.`,
    `它及其启动的进程占用超过 ${overMiB} MiB：为每个客户端或分组保留的东西从不释放，或按来自网络的长度不加检查就分配内存。`,
  );
}
