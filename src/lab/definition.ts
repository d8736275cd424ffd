import type { AnswerRule, Evidence, Finding, Language, OutcomeOf } from '../check/index.ts';
import type { Run } from './run.ts';

/** What a lab's own part of the report is made of. */
export interface LabReport {
  /** The answer in a few sentences, at the top. */
  readonly summary: string;
  /** 实验数据记录和处理: what was seen. */
  readonly data: string;
  /** 实验结果与分析: what follows from it, behind the table of checks. */
  readonly analysis: string;
  /** Drawings that stand beside the report, by file name. */
  readonly drawings: ReadonlyMap<string, string>;
}

/** The code of a lab; its texts are in lab.yaml. */
export interface LabCode {
  /** Runs on the stage, with hosts, processes and witnesses at hand. Judges nothing. */
  readonly scenario: (run: Run) => Promise<void>;
  /** By the id in lab.yaml. Pure: sees the evidence and nothing else. */
  readonly checks: Readonly<Record<string, (evidence: Evidence) => Finding>>;
  /** What came true of each prediction of lab.yaml, by its id. Pure, too. */
  readonly outcomes?: Readonly<Record<string, OutcomeOf>>;
  /** What is right in this evidence, for each question in lab.yaml. Pure. */
  readonly answers?: Readonly<Record<string, AnswerRule>>;
  /** Pure, too. */
  readonly report: (evidence: Evidence, language: Language) => LabReport;
}

/** Gives a lab's code its type; each labs/NAME/lab.ts exports one as default. */
export const defineLab = (code: LabCode): LabCode => code;
