import { Buffer } from 'node:buffer';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { version } from '../../src/bin/main.ts';
import { judgeAnswer } from '../../src/check/answers.ts';
import { readEvidence } from '../../src/check/evidence.ts';
import { judge } from '../../src/check/judge.ts';
import { RESULT, type Result } from '../../src/check/result.ts';
import { gradeReport } from '../../src/grade/report/report.ts';
import { probeWorlds } from '../../src/host/ability.ts';
import { type Lab, loadLab } from '../../src/lab/find.ts';
import type { LabFile } from '../../src/lab/lab-file.ts';
import { parametersOf } from '../../src/lab/parameters.ts';
import { readFiles } from '../../src/lab/review.ts';
import { EvidenceFiles } from '../lab/evidence-files.ts';
import { compareWithTshark } from '../tcp/oracle.ts';
import { whyNoTshark } from '../tcp/tshark.ts';
import { MAY_AGREE, RIGHT } from '../lab/right-answers.ts';
import { StudentsRun } from './students-run.ts';
import { asNobody, chatLab, type ChatLabOptions, isRoot, scratch } from './lab.ts';
import { testUnless } from './skip.ts';

/** Evidence changed as a student or an accident would change it, and the verdicts that must change with it. */
export interface Forgery {
  readonly name: string;
  readonly change: (files: EvidenceFiles) => unknown;
  readonly verdicts: Readonly<Record<string, string>>;
}

export interface LabSuite {
  readonly lab: string;
  /** How long the lab may take on a busy machine: a bound against hanging. */
  readonly boundMs?: number;
  readonly forgeries: readonly Forgery[];
  /** Everything is started from the checkout, as without a build. */
  readonly fromSources?: boolean;
  /** Why the lab cannot run here; empty when it can. */
  readonly skip?: string;
  /** More tests over the run's directory. */
  readonly more?: (directory: string) => void;
}

export const resultOf = (directory: string): Result =>
  RESULT.parse(JSON.parse(readFileSync(join(directory, 'result.json'), 'utf8')));

const kinds = (
  verdicts: readonly { readonly id: string; readonly verdict: string }[],
): Record<string, string> => Object.fromEntries(verdicts.map(({ id, verdict }) => [id, verdict]));

type Outcome = Awaited<ReturnType<typeof chatLab>>;

function everyCheckPasses(outcome: Outcome, directory: string): void {
  expect(outcome.stderr).not.toContain('fault');
  const bad = resultOf(directory).verdicts.filter(({ verdict }) => verdict !== 'pass');
  expect(bad.map(({ id, verdict, actual }) => ({ id, verdict, actual: actual.en }))).toEqual([]);
  expect(outcome.code).toBe(0);
}

/** In CI a lab that did not pass is run once more, as a test is; it says so, with what the first run found. */
async function onceMore(
  lab: string,
  directory: string,
  passes: (outcome: Outcome, directory: string) => boolean,
  run: () => Promise<Outcome>,
): Promise<Outcome> {
  const first = await run();
  if (process.env['CI'] === undefined || passes(first, directory)) return first;
  process.stdout.write(`Run once more: ${lab}\n${first.stdout}\n${first.stderr}\n`);
  rmSync(directory, { recursive: true, force: true });
  return run();
}

/** Runs a lab for real, as root and as nobody; every check must pass, both reports must be whole, and forged evidence must be found out. */
export async function labSuite(suite: LabSuite): Promise<void> {
  const ability = await probeWorlds();
  const why = suite.skip ?? (ability.kind === 'namespaces' ? '' : (ability.why ?? 'no namespaces'));
  const skipped = why === '' ? '' : ` (skipped: ${why})`;
  const lab = await loadLab(suite.lab);
  const { file, code } = lab;
  const passing = Object.fromEntries(file.checks.map(({ id }) => [id, 'pass']));
  const boundMs = suite.boundMs ?? 180_000;
  const fromSources = suite.fromSources ?? false;

  describe.skipIf(skipped !== '')(`${suite.lab}${skipped}`, () => {
    const directory = join(scratch(), 'run');
    const own = join(scratch(), 'run');
    const passes = ({ code: exit }: Outcome, where: string): boolean =>
      exit === 0 && resultOf(where).verdicts.every(({ verdict }) => verdict === 'pass');
    const run = (where: string, args: readonly string[], options: ChatLabOptions): Promise<Outcome> =>
      onceMore(suite.lab, where, passes, () =>
        chatLab(['run', suite.lab, '--out', where, ...args], { timeoutMs: boundMs, fromSources, ...options }),
      );
    let outcome: Outcome;
    let nobodys: Outcome | undefined;

    // Both at once: a lab waits most of its time, and each has a world of its own.
    beforeAll(
      async () => {
        const ordinary = isRoot
          ? run(own, ['--student', studentUnlike(file)], { launcher: asNobody })
          : Promise.resolve(undefined);
        [outcome, nobodys] = await Promise.all([run(directory, [], {}), ordinary]);
      },
      2 * boundMs + 10_000,
    );

    test('every check passes', () => {
      everyCheckPasses(outcome, directory);
      expect(kinds(resultOf(directory).verdicts)).toEqual(passing);
    });

    test.each(['en', 'zh'])(
      'the report has no holes: %s',
      async (language) => {
        const { code: exit } = await chatLab(['report', directory, '--lang', language], { fromSources });
        expect(exit).toBe(0);
        const text = readFileSync(join(directory, 'report.md'), 'utf8');
        expect(text).not.toMatch(/undefined|NaN|\[object|Infinity|\{"_events|\?\?/);
        for (const [, name = ''] of text.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g))
          expect(existsSync(join(directory, name))).toBe(true);
        if (language === 'en') expect(text).not.toMatch(/\p{sc=Han}/u);
        else expect(text).toMatch(/## 7 讨论、心得/);
      },
      300_000,
    );

    test.each(suite.forgeries)('its checks $name', ({ change, verdicts }) => {
      const files = new EvidenceFiles(directory);
      change(files);
      const evidence = readEvidence(files.seal().files, directory);
      const found = kinds(judge(evidence, file.checks, code.checks));
      for (const [id, verdict] of Object.entries(verdicts))
        expect({ [id]: found[id] }).toEqual({ [id]: verdict });
    });

    testUnless(
      whyNoTshark,
      'tshark sees the same in its captures, flag by flag',
      () => {
        const captures = readdirSync(directory).filter((name) => name.endsWith('.pcap'));
        expect(captures).not.toEqual([]);
        for (const name of captures) {
          const { segments, differences } = compareWithTshark(join(directory, name));
          expect({ name, differences }).toEqual({ name, differences: [] });
          expect(segments).toBeGreaterThan(0);
        }
      },
      boundMs,
    );

    test('every check is shown wrong evidence by one of these', () => {
      const shown = new Set(suite.forgeries.flatMap(({ verdicts }) => Object.keys(verdicts)));
      expect(file.checks.map(({ id }) => id).filter((id) => !shown.has(id))).toEqual([]);
    });

    testUnless(isRoot ? undefined : 'the tests are not root', 'an ordinary user gets the same', () => {
      if (nobodys === undefined) throw new Error('the run as nobody has no outcome');
      everyCheckPasses(nobodys, own);
      expect(kinds(resultOf(own).verdicts)).toEqual(passing);
    });

    testUnless(
      whyNoTshark,
      'its questions: right is what tshark and the tables say, of this run and no other',
      async () => {
        const runs = nobodys === undefined ? [directory] : [directory, own];
        const rightOf = new Map(runs.map((run) => [run, rightAnswers(suite.lab, run)]));
        for (const [run, right] of rightOf) {
          // The whole way, from the report's fields to the verdicts.
          expect(await graded(run, right)).toEqual(verdictsOf(right, () => 'pass'));
          expect(judged(lab, run, addTo(right, 5))).toEqual(verdictsOf(right, () => 'fail'));
        }
        if (nobodys === undefined) return;
        const others = judged(lab, own, rightOf.get(directory) ?? new Map());
        const agree = MAY_AGREE[suite.lab] ?? [];
        for (const [id, verdict] of others)
          if (!agree.includes(id)) expect({ id, verdict }).toEqual({ id, verdict: 'fail' });
        expect([...others.keys()].filter((id) => !agree.includes(id))).not.toEqual([]);
      },
      boundMs,
    );

    test('its predictions: what came true is one of the options that are offered', () => {
      const evidence = readEvidence(readFiles(directory), directory);
      for (const { id, options } of file.predictions ?? []) {
        const outcome = code.outcomes?.[id]?.(evidence);
        expect({ id, offered: options.some(({ id: each }) => each === outcome?.option) }).toEqual({
          id,
          offered: true,
        });
        expect(outcome?.seen.en).not.toBe('');
      }
      expect(file.predictions ?? []).not.toEqual([]);
    });

    suite.more?.(directory);
  });
}

/** The first student from 3200102312 on whose run has another number in all that `varies`: one value of five is shared by many. */
function studentUnlike(file: LabFile): string {
  const plain = parametersOf(file, null);
  for (let number = 3_200_102_312; ; number++) {
    const own = parametersOf(file, String(number));
    if (Object.keys(file.varies ?? {}).every((name) => own[name] !== plain[name])) return String(number);
  }
}

/** Loses packets in the manifest's count, as a busy machine would. */
export const someLost: Forgery = {
  name: 'do not judge what tcpdump lost',
  change: (files) =>
    files.manifest(({ hosts }) => {
      const capture = hosts[0]?.capture;
      if (capture) capture.dropped = 3;
    }),
  verdicts: { 'captures-complete': 'ungradable' },
};

/** Puts another state into a snapshot's rows. */
export function otherState(
  name: string,
  label: string,
  from: string,
  to: string,
  verdicts: Forgery['verdicts'],
  host?: string,
): Forgery {
  return {
    name,
    change: (files) =>
      files.lines('sockets.jsonl', (record) =>
        record['label'] === label && (host === undefined || record['host'] === host)
          ? (JSON.parse(JSON.stringify(record).replaceAll(`"${from}"`, `"${to}"`)) as typeof record)
          : record,
      ),
    verdicts,
  };
}

const ACK = 16;
const FIN_ACK = 17;

/** Where the TCP header of a frame begins in a capture of Ethernet and IPv4 without options. */
function tcpHeaderAt(bytes: Buffer, frame: number): number {
  let at = 24;
  for (let number = 1; number < frame; number++) at += 16 + bytes.readUInt32LE(at + 8);
  return at + 16 + 14 + 20;
}

/** Changes the TCP header of one frame of a capture in place. */
export function editFrame(
  files: EvidenceFiles,
  file: string,
  frame: number,
  change: (bytes: Buffer, tcpHeaderAt: number) => void,
): void {
  const bytes = Buffer.from(files.bytes(file));
  change(bytes, tcpHeaderAt(bytes, frame));
  files.set(file, bytes);
}

/** The frames whose flags field is this (FIN 1, SYN 2, RST 4, PSH 8, ACK 16), counted from 1. */
export function framesWithFlags(files: EvidenceFiles, file: string, flags: number): number[] {
  const bytes = Buffer.from(files.bytes(file));
  const found: number[] = [];
  for (let at = 24, frame = 1; at + 16 < bytes.length; at += 16 + bytes.readUInt32LE(at + 8), frame++) {
    if (bytes[at + 16 + 14 + 9] === 6 && bytes[at + 16 + 14 + 20 + 13] === flags) found.push(frame);
  }
  return found;
}

/** The frames of the other side that acknowledge the FIN in `frame`, and nothing less. */
export function framesAcknowledging(files: EvidenceFiles, file: string, frame: number): number[] {
  const bytes = Buffer.from(files.bytes(file));
  const fin = tcpHeaderAt(bytes, frame);
  const payload = bytes.readUInt16BE(fin - 20 + 2) - 20 - (bytes.readUInt8(fin + 12) >> 4) * 4;
  const covered = (bytes.readUInt32BE(fin + 4) + payload + 1) >>> 0;
  const ports = [bytes.readUInt16BE(fin), bytes.readUInt16BE(fin + 2)];
  return [ACK, FIN_ACK]
    .flatMap((flags) => framesWithFlags(files, file, flags))
    .filter((each) => {
      const at = tcpHeaderAt(bytes, each);
      return (
        each > frame &&
        bytes.readUInt16BE(at) === ports[1] &&
        bytes.readUInt16BE(at + 2) === ports[0] &&
        bytes.readUInt32BE(at + 8) === covered
      );
    });
}

/** Changes the first line that a program printed which fits. */
export function printedElse(
  name: string,
  process: string,
  from: RegExp,
  to: string,
  verdicts: Forgery['verdicts'],
): Forgery {
  return {
    name,
    change: (files) => {
      let left = 1;
      return files.lines('calls.jsonl', (record) => {
        const { line } = (record['fields'] ?? {}) as { line?: string };
        if (record['process'] !== process || line === undefined || !from.test(line) || left-- <= 0)
          return record;
        return { ...record, fields: { line: line.replace(from, to) } };
      });
    },
    verdicts,
  };
}

type Answers = ReadonlyMap<string, string>;

function rightAnswers(lab: string, directory: string): Answers {
  const run = new StudentsRun(directory);
  const found = Object.entries(RIGHT[lab] ?? {}).map(([id, find]) => [id, String(find(run))] as const);
  return new Map(found);
}

const addTo = (answers: Answers, more: number): Answers =>
  new Map([...answers].map(([id, value]) => [id, String(Number(value) + more)]));

const verdictsOf = (answers: Answers, verdict: () => string): Map<string, string> =>
  new Map([...answers.keys()].map((id) => [id, verdict()]));

function judged(lab: Lab, directory: string, answers: Answers): Map<string, string> {
  const evidence = readEvidence(readFiles(directory), directory);
  return new Map(
    (lab.file.answers ?? []).map((question) => {
      const key = lab.code.answers?.[question.id]?.(evidence);
      return [question.id, judgeAnswer(question, key, answers).verdict];
    }),
  );
}

/** Grades a copy of the run whose report has these answers in its fields. */
async function graded(directory: string, answers: Answers): Promise<Map<string, string>> {
  const copy = join(scratch(), 'handed-in');
  cpSync(directory, copy, { recursive: true });
  const path = join(copy, 'report.md');
  let report = readFileSync(path, 'utf8');
  for (const [id, value] of answers)
    report = report.replace(`<!-- answer:${id} -->`, `<!-- answer:${id} -->\n${value}\n`);
  writeFileSync(path, report);
  const { checks, problems } = await gradeReport(copy, { kit: version() });
  expect(problems).toEqual([]);
  expect(checks.find(({ id }) => id === 'report-fits')?.verdict).toBe('pass');
  return new Map(
    checks.flatMap(({ id, verdict }) => (id.startsWith('answer-') ? [[id.slice(7), verdict]] : [])),
  );
}
