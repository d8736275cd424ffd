/** A grading process on a stage of its own, and how it ends. */
import { constants } from 'node:os';
import type { z } from 'zod';
import { english, failureFrom, KitError } from '../../bytes/index.ts';
import { text } from '../../check/index.ts';
import { describeEnd, type ProcessEnd, probeWorlds, startStage } from '../../host/index.ts';
import { rulingOf } from './news.ts';

export interface RulingOptions {
  readonly progress?: (id: string, verdict: string) => void;
  readonly signal?: AbortSignal;
  /** false: the command stands in a sandbox of its own. */
  readonly enclosed?: boolean;
}

/**
 * Starts `program` with `orders` on a stage and gives its ruling.
 *
 * @throws KitError what the process says it failed with, or `NAME-died` when it ended without a word.
 */
export async function ruled<T extends z.ZodType>(
  name: 'referee' | 'examiner',
  program: string,
  orders: unknown,
  tried: T,
  { progress, signal, enclosed = true }: RulingOptions,
) {
  const schema = rulingOf(tried);
  const ability = await probeWorlds({ strangers: !enclosed });
  const command = [process.execPath, program, JSON.stringify(orders)];
  const stage = startStage(command, { ability, ipc: true, ...(signal === undefined ? {} : { signal }) });
  let outcome: Exclude<z.infer<typeof schema>, { news: 'progress' }> | undefined;
  stage.process.onMessage((message) => {
    const news = schema.parse(message);
    if (news.news === 'progress') progress?.(news.id, news.verdict);
    else outcome = news;
  });
  const end = await stage.ended;
  if (outcome?.news === 'complete') {
    if (stage.kind === 'namespaces') return outcome;
    const why = ability.why ?? 'no network namespaces';
    const shared = text(
      `graded on this machine’s loopback, since hosts of their own cannot be made: ${why}`,
      `在本机环回接口上评分，因为无法建立独立的主机：${why}`,
    );
    return { ...outcome, problems: [shared, ...outcome.problems] };
  }
  if (outcome?.news === 'failed') {
    throw failureFrom(outcome);
  }
  const words = stage.process.errors.text.trim().split('\n').slice(-3).join('\n');
  throw new KitError(`${name}-died`, english(`the grading process died (${describeEnd(end)}): ${words}`), {
    fault: endedFromOutside(end) ? 'machine' : 'kit',
  });
}

/** Somebody ended it, or the kernel did for want of memory: a stage says 128 + 9 of a worker that SIGKILL ended. */
export const endedFromOutside = ({ code, signal }: ProcessEnd): boolean =>
  signal === 'SIGKILL' || code === 128 + constants.signals.SIGKILL;
