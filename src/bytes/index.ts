export {
  assertNever,
  type ErrorWords,
  EXIT,
  exitCodeOf,
  failureFrom,
  type FailureWords,
  failureWords,
  type Fault,
  KitError,
} from './errors.ts';
export { hexdump, type Span } from './hexdump.ts';
export { alike, nearest } from './nearest.ts';
export { safeJson, safeLines, safeText } from './safe-text.ts';
export { placed, shapeSentence, type ShapeIssue } from './shape.ts';
export { english, inLanguage, joined, type Language, localeLanguage, same, text, type Text } from './text.ts';
export { unreadable } from './unreadable.ts';
export { stringWidth } from './width.ts';
export { Writer } from './writer.ts';
