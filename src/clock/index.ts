export { monotonicOffsetUs, nowUs } from './clock.ts';
