/** Fairness of a whole grading: what the machine or the kit breaks is graded again, and then costs nothing. */
import type { z } from 'zod';
import { KitError, safeText } from '../../bytes/index.ts';
import { type GradedInput, type Text, text } from '../../check/index.ts';
import type { HELD } from './news.ts';
import { ruled, type RulingOptions } from './ruling.ts';
import { type Hitch, hitchOf, NEXT_SEED, notTried } from './tries.ts';

/** What a grading process found; or, where it could not, what was in the way. */
export interface FairRuling<T> {
  readonly checks: readonly T[];
  readonly problems: readonly Text[];
  /** Whether all packets were heard: a failure that the calls tell of rests on them, too. */
  readonly heard: boolean;
  readonly hitch: Hitch | undefined;
}

/**
 * Starts the grading process; when it breaks, once more, with another seed. `ordersOf` gives the orders of a try.
 *
 * @throws KitError what is wrong with the command itself (usage), and whatever ended it after `signal`.
 */
export async function ruledFairly<T extends z.ZodType>(
  name: 'referee' | 'examiner',
  program: string,
  ordersOf: (seed: number) => object,
  tried: T,
  options: RulingOptions & { readonly seed: number },
): Promise<FairRuling<z.infer<T>>> {
  const broke: Text[] = [];
  let hitch: Hitch | undefined;
  for (const seed of [options.seed, options.seed + NEXT_SEED]) {
    try {
      const { checks, problems, heard } = await ruled(name, program, ordersOf(seed), tried, options);
      return { checks, problems: [...broke, ...problems], heard, hitch: undefined };
    } catch (error) {
      if (!(error instanceof KitError) || error.fault === 'usage' || options.signal?.aborted === true)
        throw error;
      hitch = hitchOf(error);
      const why = safeText(error.message);
      broke.push(text(`the grading was broken off: ${why}`, `评分中断：${why}`));
    }
  }
  return { checks: [], problems: broke.slice(0, 1), heard: false, hitch };
}

interface Listed {
  readonly id: string;
  readonly title: Text;
  readonly points: number;
  readonly dependsOn: readonly string[];
}

/** The checks of a grading that could not be made: an `error` where one stands by itself, and the rest not tried. */
export function ungraded(checks: readonly Listed[], { because, actual, hint }: Hitch): GradedInput[] {
  return checks.map(({ id, title, points, dependsOn }): GradedInput => {
    const base = { id, title, maxPoints: points, dependsOn: [...dependsOn], expected: title };
    return dependsOn.length === 0
      ? { ...base, verdict: 'error', because, actual, hint }
      : { ...base, verdict: 'skipped', because: 'depends', actual: notTried(dependsOn) };
  });
}

/** What a failure becomes that our calls alone tell of, since nothing heard the packets. */
export const unheard = ({ en, zh }: Text): Pick<GradedInput, 'verdict' | keyof Hitch> => ({
  verdict: 'error',
  because: 'machine',
  actual: text(
    `${en}; only our calls say so, since the packets could not be heard`,
    `${zh}；没有抓到分组，只有我们的调用这样说`,
  ),
  hint: text(
    'let tcpdump hear the packets: install it, and grade as root or where user namespaces are allowed (chat-lab doctor)',
    '让 tcpdump 能够抓包：安装它，并以 root 评分，或在允许用户命名空间的机器上评分（chat-lab doctor）',
  ),
});

/** Why a try has no outcome, as a check has it. */
export const heldBy = ({ held }: { held: z.infer<typeof HELD> }): Pick<GradedInput, 'because' | 'hint'> =>
  held === null ? {} : { because: held.because, ...(held.hint === null ? {} : { hint: held.hint }) };
