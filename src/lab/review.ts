import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KitError } from '../bytes/index.ts';
import { writeOrdinaryFile } from '../files/index.ts';
import {
  type Evidence,
  type Files,
  inLanguage,
  judge,
  lackText,
  type Language,
  readAnswers,
  readEvidence,
  reportMarkdown,
  type Result,
  resultOf,
  text,
} from '../check/index.ts';
import type { LabCode, LabReport } from './definition.ts';
import { guard } from './directory.ts';
import { type Lab, loadLab } from './find.ts';

/** What belongs to a run; a directory that somebody hands in may hold anything. */
const EVIDENCE_FILES = /^[A-Za-z0-9._-]{1,80}\.(json|jsonl|pcap|yaml)$/;
const MAX_FILE_BYTES = 1024 ** 3;

/** A run looked at afresh: nothing but its directory is used. */
export interface Review {
  readonly evidence: Evidence;
  readonly result: Result;
  /** The path of the report that was written. */
  readonly report: string;
}

export function readFiles(directory: string): Files {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    throw new KitError(
      'no-evidence',
      text(
        `${directory} cannot be read: ${error instanceof Error ? error.message : ''}`,
        `无法读取 ${directory}：${error instanceof Error ? error.message : ''}`,
      ),
      {
        fault: 'usage',
        hint: text('Give the directory that chat-lab run has written.', '请给出 chat-lab run 写出的目录。'),
        cause: error,
      },
    );
  }
  const files = new Map<string, Uint8Array>();
  for (const name of names) {
    const path = join(directory, name);
    // A link could lead to what the student may not read and the grader may.
    const facts = lstatSync(path, { throwIfNoEntry: false });
    if (!EVIDENCE_FILES.test(name) || facts?.isFile() !== true) continue;
    if (facts.size > MAX_FILE_BYTES) {
      throw new KitError(
        'bad-evidence',
        text(
          `${path} has ${facts.size} bytes; no run writes more than ${MAX_FILE_BYTES}`,
          `${path} 有 ${facts.size} 字节；没有一次运行会写出超过 ${MAX_FILE_BYTES} 字节`,
        ),
        { fault: 'usage' },
      );
    }
    files.set(name, readFileSync(path));
  }
  return files;
}

/** The report's own part when the lab could not be run. */
function skipped(lacks: NonNullable<Evidence['manifest']['lacks']>, language: Language): LabReport {
  const nothing = inLanguage(text('Nothing was run.', '没有运行任何内容。'), language);
  const summary = `**${inLanguage(lackText(lacks).actual, language)}**`;
  return { summary, data: nothing, analysis: '', drawings: new Map() };
}

const partsOf = (evidence: Evidence, code: LabCode, language: Language): LabReport => {
  const { lacks = [] } = evidence.manifest;
  return lacks.length > 0 ? skipped(lacks, language) : code.report(evidence, language);
};

/** The report as it should stand there, but for what the student writes into its fields. */
export function reportAgain(evidence: Evidence, { file, code }: Lab, language: Language): string {
  const verdicts = judge(evidence, file.checks, code.checks);
  const texts = { ...file, outcomes: code.outcomes ?? {} };
  return reportMarkdown(evidence, texts, partsOf(evidence, code, language), verdicts, language);
}

const MAX_REPORT_BYTES = 8 * 1024 ** 2;

/** The report that stands in a run's directory; undefined when there is none, or none that a run could have written. */
export function reportText(directory: string): string | undefined {
  const path = join(directory, 'report.md');
  const facts = lstatSync(path, { throwIfNoEntry: false });
  if (facts?.isFile() !== true || facts.size > MAX_REPORT_BYTES) return undefined;
  return readFileSync(path, 'utf8');
}

/**
 * Checks a run's evidence and writes result.json, report.md and its drawings beside it. Somebody else may have made the
 * directory, and a link of the report to a file of ours: KitError `unsafe-file`.
 */
export async function review(directory: string, language: Language): Promise<Review> {
  const evidence = readEvidence(readFiles(directory), directory);
  const { file, code } = await loadLab(evidence.manifest.lab);
  const verdicts = judge(evidence, file.checks, code.checks);
  const result = resultOf(evidence, verdicts);
  const report = join(directory, 'report.md');
  const parts = partsOf(evidence, code, language);
  const write = (name: string, content: string): void =>
    guard(directory, () => writeOrdinaryFile(join(directory, name), content));
  for (const [name, drawing] of parts.drawings) write(name, drawing);
  // Made again, the report keeps what the student has written into it.
  const answers = readAnswers(reportText(directory) ?? '');
  write(
    'report.md',
    reportMarkdown(evidence, { ...file, outcomes: code.outcomes ?? {} }, parts, verdicts, language, answers),
  );
  write('result.json', `${JSON.stringify(result, null, 2)}\n`);
  return { evidence, result, report };
}
