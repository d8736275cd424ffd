import type { Evidence } from './evidence.ts';
import { type SocketName, staysOf } from './socket-view.ts';
import type { Strip } from './strip-svg.ts';

/** One socket's strip, from the sampler's looks. What was still there at the end of the window is cut off by it. */
export function stripOf(
  evidence: Evidence,
  host: string,
  socket: SocketName,
  window: { readonly fromUs: number; readonly untilUs: number },
  name = host,
): Strip {
  const ms = (us: number): number => (Math.min(us, window.untilUs) - window.fromUs) / 1000;
  const parts = staysOf(evidence, host, socket)
    .filter(({ fromUs, untilUs }) => fromUs < window.untilUs && (untilUs ?? Infinity) > window.fromUs)
    .map(({ state, fromUs, untilUs }) => ({
      state,
      fromMs: Math.max(0, ms(fromUs)),
      untilMs: ms(untilUs ?? window.untilUs),
    }));
  return { name, parts };
}
