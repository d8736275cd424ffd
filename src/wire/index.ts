export { type Annotated, annotate, stateOf, type StreamState } from './annotate.ts';
export type { FieldSpan } from './field-reader.ts';
export { Decoder, NEED_MORE, type NeedMore } from './decoder.ts';
export type { Bilingual, Description, Field, Framing, Packet } from './description.ts';
export { Invalid, type InvalidReason } from './invalid.ts';
export { compileProtocol, loadProtocol, readDescription } from './load.ts';
export {
  type ClientEntry,
  type ClientId,
  clientId,
  type EpochMs,
  epochMs,
  isMessageType,
  kindOf,
  type Message,
  type MessageKind,
  type MessageType,
  operationOf,
  type Outcome,
  type RequestNumber,
  requestNumber,
  type Speaker,
  type Status,
  STATUS,
} from './message.ts';
export { openProtocol } from './open.ts';
export { packDescription } from './ready.ts';
export { type Problem, problemsError, reporter } from './problems.ts';
export { shippedProtocols } from './shipped.ts';
export { type Path, readSource, type Source, type SourceKind } from './source.ts';
export { Protocol } from './protocol.ts';
export { packetDiagram, protocolPage } from './page/page.ts';
export type { Lang } from './page/words.ts';
export { descriptionSchema } from './schema.ts';
export { cHeader } from './c-header.ts';
export { type Finding, findingsOf } from './findings.ts';
export { dissector } from './dissector/dissector.ts';
export { findingsByPlace, findingsText, inLanguage } from './findings-text.ts';
