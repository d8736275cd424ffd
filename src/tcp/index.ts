export { looksLikeTcpdump, readTcpdumpText, type TextCapture } from './tcpdump-text.ts';
export { analyse, analyseText, Analyser, type AnalyserOptions, type Analysis } from './analyser.ts';
export { summaryIn, type AppDecoder, type AppMessage, type AppProtocol, type Opening } from './app.ts';
export type { Hole, StreamGap } from './byte-stream.ts';
export { CaptureReader, epochUs, looksLikeCapture, readCapture, type Capture } from './capture-reader.ts';
export type { Close, CloseShape, Fin, Reset, ResetReason } from './close.ts';
export { COMPLETENESS, completenessText } from './completeness.ts';
export type { CitedMessage, Connection, Handshake } from './connection.ts';
export { SegmentDecoder } from './decode.ts';
export type { Direction } from './direction.ts';
export { FASTCGI } from './apps/fastcgi.ts';
export { HTTP } from './apps/http.ts';
export { formatEndpoint, type Endpoint } from './endpoint.ts';
export { endsAfter, type Certainty, type EndState } from './ends.ts';
export {
  ladderOf,
  segmentLabel,
  shownSeq,
  type ElidedRung,
  type Ladder,
  type LadderOptions,
  type Rung,
  type SegmentRung,
  type Tone,
} from './ladder.ts';
export { ladderMermaid } from './ladder-mermaid.ts';
export { ladderSvg } from './ladder-svg.ts';
export { ladderText } from './ladder-text.ts';
export { lostFrames } from './lost.ts';
export type { CaptureProblem, Packet, PacketSource } from './packet.ts';
export { FLAG, flagNames, otherSide, Segment, tcpdumpFlags, type Side } from './segment.ts';
export { wasOvertaken } from './overtaken.ts';
export { NOTE, noteNames } from './wireshark.ts';
export { netstatState, TCP_STATES, type TcpState } from './states.ts';
export type { Finding } from './finding.ts';
export { findingsOf, type FindingOptions } from './verdicts.ts';
export { framesText, headline, timelineOf, type TimelineEvent, type TimelineOptions } from './timeline.ts';
export { traceJson, TRACE_JSON_VERSION } from './trace-json.ts';
export { traceMarkdown } from './trace-markdown.ts';
export { traceText } from './trace-text.ts';
export type { TraceOptions } from './trace-parts.ts';
export { TRACE_FORMATS, TraceStream, type TraceFormat, type TraceStreamOptions } from './trace-stream.ts';
export type { Language } from './words.ts';
