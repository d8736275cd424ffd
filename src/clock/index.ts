export { nowUs } from './clock.ts';
