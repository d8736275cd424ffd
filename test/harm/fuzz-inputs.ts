import { type Allowances, Effort } from './effort.ts';
import { Chance } from './random.ts';

/** What three fuzzers do alike: some inputs that have names, then many by chance, each within what it may cost. */
export interface InputPlan<T> {
  /** One of them: `archive`. */
  readonly kind: string;
  readonly named: Iterable<readonly [name: string, input: T]>;
  readonly byChance: (chance: Chance) => T;
  readonly lengthOf: (input: T) => number;
  readonly allowed: Allowances;
  /** Throws when what must hold does not. */
  readonly judge: (input: T) => void;
}

export interface InputFigures {
  readonly inputs: number;
  readonly mostAllocatedPercent: number;
  readonly mostCpuPercent: number;
}

/** Judges all named ones and `count` by chance. Throws at the first that fails, by its name or the seed that shows it again. */
export function fuzzInputs<T>(plan: InputPlan<T>, count: number, seed: number): InputFigures {
  const effort = new Effort(plan.allowed);
  let inputs = 0;
  const judge = (what: string, input: T): void => {
    inputs++;
    try {
      effort.spend(what, plan.lengthOf(input), () => plan.judge(input));
    } catch (error) {
      throw new Error(what, { cause: error });
    }
  };
  for (const [name, input] of plan.named) judge(name, input);
  for (let i = 0; i < count; i++) {
    const own = (seed + i) >>> 0;
    judge(`${plan.kind} of seed ${own}`, plan.byChance(new Chance(own)));
  }
  const { mostAllocatedPercent, mostCpuPercent } = effort;
  return { inputs, mostAllocatedPercent, mostCpuPercent };
}
