export { assertNever, EXIT, exitCodeOf, type Fault, KitError } from './errors.ts';
export { hexdump, type Span } from './hexdump.ts';
export { safeText } from './safe-text.ts';
