export { currentSignal, Evaluator, lineOf, type RunOptions, type Scope } from './evaluator.ts';
export { Incomplete } from './syntax.ts';
