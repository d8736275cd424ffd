import { type GradedInput, type Grade, gradeOf, text } from '../../check/index.ts';
import { describeEnd, probeWorlds, startStage } from '../../host/index.ts';
import { failureFrom, KitError } from '../../bytes/index.ts';
import { programPath } from '../../lab/index.ts';
import { type AtFault, MATCH_RULING, type MatchOrders, type MatchRuling, type Round } from './orders.ts';

export interface PairResult {
  readonly grade: Grade;
  /** Whose fault it is that not all works; null when all does, or nobody's is known. */
  readonly fault: AtFault | null;
}

/** All waits of a match together; whatever lasts longer is ended, and is nobody's fault. */
const MATCH_BOUND_MS = 240_000;

/**
 * Plays one match on a stage of its own.
 *
 * @throws KitError `match-failed` (kit), or what the machine cannot: nobody's fault among the two.
 */
export async function playPair(
  orders: MatchOrders,
  names: { readonly subject: string; readonly protocol: string },
  signal?: AbortSignal,
): Promise<PairResult> {
  const ability = await probeWorlds({ strangers: true });
  const program = [process.execPath, programPath('match', import.meta.url), JSON.stringify(orders)];
  const bound = AbortSignal.timeout(MATCH_BOUND_MS);
  const stage = startStage(program, {
    ability,
    ipc: true,
    signal: signal === undefined ? bound : AbortSignal.any([signal, bound]),
  });
  let outcome: MatchRuling | undefined;
  stage.process.onMessage((message) => (outcome = MATCH_RULING.parse(message)));
  const end = await stage.ended;
  if (outcome?.news === 'complete') {
    const { rounds } = outcome;
    const grade = gradeOf({ kind: 'interop', ...names, checks: rounds.map(graded) });
    return { grade, fault: rounds.find(({ fault }) => fault !== null)?.fault ?? null };
  }
  if (outcome?.news === 'failed') {
    throw failureFrom(outcome);
  }
  const words = stage.process.errors.text.trim().split('\n').slice(-3).join('\n');
  throw new KitError('match-failed', `the match died (${describeEnd(end)}): ${words}`);
}

const WHO: Readonly<Record<AtFault, GradedInput['actual']>> = {
  client: text('the client’s fault: ', '客户端的问题：'),
  server: text('the server’s fault: ', '服务器的问题：'),
  unclear: text('it is not clear whose fault: ', '无法确定是谁的问题：'),
};

function graded({ id, fault, frames, ladder, bytes, output, actual, ...round }: Round): GradedInput {
  const { en, zh } = fault === null ? text('', '') : WHO[fault];
  return {
    ...round,
    id,
    title: round.expected,
    maxPoints: 1,
    actual: text(en + actual.en, zh + actual.zh),
    where: frames.length === 0 ? [] : [{ witness: 'wire', file: 'wire.pcap', frames }],
    ...(ladder === null ? {} : { ladder }),
    ...(bytes === null ? {} : { bytes }),
    ...(output === '' ? {} : { output }),
  };
}
