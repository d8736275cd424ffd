/**
 * How often a check is tried, and what its tries say together: a pass needs no second look, and whatever else came out
 * must come out twice, under different seeds. So no point is lost by chance, nor by a fault of ours or of the machine.
 */
import { KitError } from '../../bytes/index.ts';
import { type Because, text, type Text } from '../../check/index.ts';

/** How far apart the seeds of two tries are. */
export const NEXT_SEED = 7919;

interface Tried {
  readonly verdict: 'pass' | 'fail' | 'skipped' | 'error';
}

/** Calls `one` with the seed of each try, until it is clear what comes out. */
export async function untilSure<T extends Tried>(
  seed: number,
  one: (seed: number) => Promise<T>,
): Promise<T[]> {
  const tries: T[] = [];
  for (;;) {
    const next = await one(seed + tries.length * NEXT_SEED);
    const again = tries.some(({ verdict }) => verdict === next.verdict);
    tries.push(next);
    if (again || next.verdict === 'pass' || next.verdict === 'skipped') return tries;
  }
}

/** What the last try said; unstable when it passed and one before it failed. */
export function concluded(tries: readonly Tried[]): { verdict: Tried['verdict']; unstable: boolean } {
  const verdict = tries.at(-1)?.verdict ?? 'error';
  return { verdict, unstable: verdict === 'pass' && tries.some((one) => one.verdict === 'fail') };
}

/** The try that tells the outcome: of a failure the last one that failed, else what came last. */
export function telling<T extends Tried>(tries: readonly T[]): T | undefined {
  const { verdict, unstable } = concluded(tries);
  const failed = tries.findLast((one) => one.verdict === 'fail');
  return verdict === 'fail' || unstable ? failed : tries.at(-1);
}

/** The checks on which nothing can be built, and which of them are to blame. */
export class Broken {
  readonly #blame = new Map<string, readonly string[]>();

  add(id: string, blame: readonly string[] = [id]): void {
    if (blame.length > 0) this.#blame.set(id, blame);
  }

  /** What keeps a check that depends on these from being tried; one between that does not apply is passed over. */
  under(dependsOn: readonly string[]): string[] {
    return [...new Set(dependsOn.flatMap((id) => this.#blame.get(id) ?? []))];
  }
}

export const notTried = (needs: readonly string[]): Text =>
  text(`not tried: it needs ${needs.join(', ')}`, `未尝试：需要先通过 ${needs.join(', ')}`);

/** Whose fault it is that something could not be tried, what happened, and what to do about it. */
export interface Hitch {
  readonly because: Extract<Because, 'kit' | 'machine'>;
  readonly actual: Text;
  readonly hint: Text;
}

const REPORT = text(
  'grade it again; if it comes again it is a fault of the kit: report it with these lines',
  '请重新评分；如再次出现，则是工具包的错误，请连同这些内容一并报告',
);
const AGAIN = text(
  'grade it again; if it comes again look at what this machine lacks (chat-lab doctor)',
  '请重新评分；如再次出现，请检查本机缺少什么（chat-lab doctor）',
);

/** From whatever was thrown where nothing that is graded may throw. */
export function hitchOf(error: unknown): Hitch {
  const known = error instanceof KitError ? error : undefined;
  const machine = known?.fault === 'machine';
  const why = machine
    ? known.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
  const hint = known?.hint;
  return {
    because: machine ? 'machine' : 'kit',
    actual: text(why, why),
    hint: hint === undefined ? (machine ? AGAIN : REPORT) : text(hint, hint),
  };
}
