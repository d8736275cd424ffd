export { assertNever, EXIT, exitCodeOf, type Fault, KitError } from './errors.ts';
