import { readFileSync } from 'node:fs';
import { familyOf, unlessGone } from '../../src/host/process-family.ts';

export interface Hunt {
  /** How many were ended. */
  stop(): number;
}

/** Ends by SIGKILL the first `times` descendants of `pid` whose command is `victim`, as soon as each is there. */
export function hunt(pid: number | undefined, victim: RegExp, times: number): Hunt {
  const killed = new Set<number>();
  const look = setInterval(() => {
    if (pid === undefined) return;
    for (const each of familyOf(pid)) {
      if (killed.size >= times) return;
      if (killed.has(each) || !victim.test(commandOf(each))) continue;
      killed.add(each);
      process.kill(each, 'SIGKILL');
    }
  }, 20);
  return {
    stop() {
      clearInterval(look);
      return killed.size;
    },
  };
}

const commandOf = (pid: number): string =>
  unlessGone(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' '), '');
