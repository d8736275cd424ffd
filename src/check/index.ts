export { adjustGrade, type AdjustedGrade, type AdjustmentNote, standing } from './adjust.ts';
export type { Adjusted, Adjustment, Change } from './adjusted.ts';
export { adjustedText, changeText, graderText, reasonText, scoreText } from './adjusted-text.ts';
export { headerKey, numberKey, portKey, timeKey } from './answer-keys.ts';
export {
  type AnswerKey,
  type AnswerRule,
  judgeAnswer,
  type QuestionText,
  readAnswers,
  withoutAnswers,
} from './answers.ts';
export { numberedByOrder } from './by-order.ts';
export { chatProtocol, summaryOf } from './chat-protocol.ts';
export {
  callLines,
  conclude,
  failed,
  frames,
  MISSING,
  passed,
  socketLines,
  type Statement,
  unknown,
  when,
  withoutPackets,
} from './conclude.ts';
export { concludeEach } from './conclude-each.ts';
export {
  CALLS_FILE,
  type Evidence,
  EVIDENCE_FILE,
  type EvidenceProblem,
  type Files,
  type HostCapture,
  type Line,
  readEvidence,
  SOCKETS_FILE,
  TRANSITIONS_FILE,
} from './evidence.ts';
export {
  counts,
  GRADE,
  type Because,
  BECAUSE,
  type Grade,
  type GradedCheck,
  type GradedInput,
  type GradeInput,
  gradeOf,
  gradeScore,
} from './grade.ts';
export { type GradeContext, rounded } from './grade-context.ts';
export { csv } from './grade-csv.ts';
export { GRADE_FORMAT_NAMES, GRADE_FORMATS, type GradeFormat } from './grade-formats.ts';
export { checksText, gradeText } from './grade-text.ts';
export { type Histogram, histogram, histogramText } from './histogram.ts';
export { histogramSvg } from './histogram-svg.ts';
export { type LineSeries, lineSvg } from './line-svg.ts';
export { judge } from './judge.ts';
export { type Lack, lackText } from './lacks.ts';
export { APPLICATIONS, type Application, boundedReason, MANIFEST, type Manifest } from './manifest.ts';
export { code, fence, list, numbered, plain, table } from './markdown.ts';
export { NETSTAT_COLUMNS, netstatCells, renderNetstat } from './netstat.ts';
export { type OfClient, ofClients } from './of-clients.ts';
export { packetsOf, type WirePacket } from './packets.ts';
export {
  APP_RECORD,
  type AppRecord,
  isRecord,
  SOCKET_RECORD,
  TRANSITION_RECORD,
  type TransitionRecord,
  type SocketRecord,
  type SocketRow,
} from './records.ts';
export { NOT_SHOWN, type OutcomeOf, type PredictionOutcome, type PredictionText } from './predictions.ts';
export { type LabParts, type LabTexts, reportMarkdown } from './report.ts';
export { RESULT, type Result, resultOf } from './result.ts';
export { absent, toldText } from './said.ts';
export { capital, inLanguage, labelled, type Language, same, text, type Text } from './text.ts';
export { type Variant, variantNumber, variantOf } from './variant.ts';
export {
  type CheckText,
  type Finding,
  merged,
  ranges,
  score,
  type Verdict,
  type VerdictKind,
  type Where,
  whereText,
} from './verdict.ts';
export { details, ladderSection, netstatSection, packetSection, paragraphs } from './sections.ts';
export { looksAt, type Seen, socketAt, type SocketName, type Stay, staysOf } from './socket-view.ts';
export { heldAgainstTrace, transitionsOf } from './traced-states.ts';
export { type StateWanted, statesAt } from './states-at.ts';
export { storyTable } from './story.ts';
export { type StripMark, stripSvg } from './strip-svg.ts';
export { stripOf } from './strips.ts';
export { wholeAtBothEnds, wholeCaptures } from './whole-captures.ts';
export { type PortPair, stateByPackets, type WireView, wireView, wireViews } from './wire-view.ts';
