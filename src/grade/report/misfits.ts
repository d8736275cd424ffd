/**
 * What does not fit together in a run's evidence, beyond its digests: somebody who knows the format can seal a changed
 * file again, but has three witnesses, two captures and one clock to keep in agreement. Nothing here judges the
 * student's work; each finding makes the run `ungradable` and says which two things contradict each other.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { studentPort } from '../../chat/index.ts';
import { type Evidence, type Files, type Text, text, variantOf } from '../../check/index.ts';
import type { LabFile } from '../../lab/index.ts';
import { callMisfits } from './misfits-calls.ts';
import { captureMisfits } from './misfits-captures.ts';
import { kernelMisfits } from './misfits-kernel.ts';
import { manifestMisfits } from './misfits-manifest.ts';

export const RESULT_FILE = 'result.json';

/** Longest list that still says something; a changed clock makes thousands. */
const MOST = 5;

export interface Wanted {
  readonly student?: string | undefined;
  /** The port that the exercise itself names, where it does. */
  readonly labPort?: number | undefined;
  /** What the lab makes of a student's number; left out for evidence of another version of the kit. */
  readonly parameters?: ((student: string | null) => Evidence['manifest']['parameters']) | undefined;
}

export function misfits(evidence: Evidence, files: Files, lab: LabFile, wanted: Wanted = {}): Text[] {
  const groups = [
    resultMisfits(evidence, files),
    manifestMisfits(evidence, files, lab),
    variantMisfits(evidence, wanted),
    protocolMisfits(evidence, files),
    timeMisfits(evidence),
    captureMisfits(evidence),
    callMisfits(evidence),
    kernelMisfits(evidence),
  ];
  return groups.flatMap((found) =>
    found.length <= MOST
      ? found
      : [
          ...found.slice(0, MOST),
          text(`and ${found.length - MOST} more of this kind`, `以及同类 ${found.length - MOST} 处`),
        ],
  );
}

const JUDGED = z.object({ evidence: z.string() });

/** The verdicts that the run itself made say which evidence.json they were made of. */
function resultMisfits({ manifestDigest }: Evidence, files: Files): Text[] {
  const bytes = files.get(RESULT_FILE);
  if (bytes === undefined) return [];
  const parsed = JUDGED.safeParse(parsedJson(bytes));
  if (!parsed.success) return [text(`${RESULT_FILE} cannot be read`, `${RESULT_FILE} 无法读取`)];
  if (parsed.data.evidence === manifestDigest) return [];
  return [
    text(
      `evidence.json was changed after its verdicts were made: ${RESULT_FILE} names another digest`,
      `evidence.json 在评判之后被修改过：${RESULT_FILE} 中是另一个摘要`,
    ),
  ];
}

function parsedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The student's number fixes port, subnet and parameters, so another's evidence carries the other's numbers. */
function variantMisfits(
  { manifest }: Evidence,
  { student: wanted, labPort, parameters = () => ({}) }: Wanted,
): Text[] {
  const found: Text[] = [];
  if (wanted !== undefined && manifest.student !== wanted) {
    found.push(
      manifest.student === null
        ? text(
            `the run was made without --student ${wanted}: it could be anybody’s`,
            `运行时没有 --student ${wanted}，可能是任何人的`,
          )
        : text(
            `the run is the variant of student ${manifest.student}, not of ${wanted}`,
            `该运行是学号 ${manifest.student} 的题目，而不是 ${wanted} 的`,
          ),
    );
  }
  const student = wanted ?? manifest.student;
  for (const [name, value] of Object.entries(parameters(student))) {
    const had = manifest.parameters[name];
    if (had === value) continue;
    found.push(
      text(
        `student ${student ?? '–'} has ${name} ${value}, the run used ${String(had)}`,
        `学号 ${student ?? '–'} 的 ${name} 是 ${value}，而运行使用了 ${String(had)}`,
      ),
    );
  }
  if (student === null || manifest.world.kind !== 'namespaces') return found;
  const variant = variantOf(student, studentPort(student));
  if (manifest.world.subnet !== variant.subnet) {
    found.push(
      text(
        `student ${student} has subnet ${variant.subnet}, the run was in ${manifest.world.subnet}`,
        `学号 ${student} 的子网是 ${variant.subnet}，而运行在 ${manifest.world.subnet} 中`,
      ),
    );
  }
  const stem = variant.subnet.replace(/\d+\/24$/, '');
  for (const { name, address } of manifest.hosts) {
    // A lab whose connections stay on one host has its packets from that host's loopback interface.
    if (address.startsWith(stem) || manifest.wire === 'loopback') continue;
    found.push(
      text(
        `host ${name} has address ${address}, outside ${variant.subnet}`,
        `主机 ${name} 的地址 ${address} 不在 ${variant.subnet} 中`,
      ),
    );
  }
  const port = manifest.parameters['port'];
  const expected = labPort ?? variant.port;
  if (port !== expected && !manifest.command.includes('--port')) {
    found.push(
      text(
        `student ${student} has port ${expected}, the run used ${String(port)}`,
        `学号 ${student} 的端口是 ${expected}，而运行使用了 ${String(port)}`,
      ),
    );
  }
  return found;
}

function protocolMisfits({ manifest }: Evidence, files: Files): Text[] {
  const { file, sha256 } = manifest.protocol;
  const bytes = files.get(file);
  if (bytes === undefined || createHash('sha256').update(bytes).digest('hex') === sha256) return [];
  return [text(`${file} is not the description that the run used`, `${file} 不是运行时使用的协议描述`)];
}

/** Clocks of one machine; the margin is for what happens before the first and after the last note of the run. */
const MARGIN_US = 2_000_000;

function timeMisfits({ manifest, calls, sockets, captures }: Evidence): Text[] {
  const from = manifest.startedAtUs - MARGIN_US;
  const until = (manifest.endedAtUs ?? Infinity) + MARGIN_US;
  const outside = (atUs: number): boolean => atUs < from || atUs > until;
  const say = (en: string, zh: string): Text => text(`${en} lies outside the run`, `${zh}不在运行期间之内`);
  return [
    ...captures.flatMap(({ file, analysis, atUs }) =>
      analysis.connections.flatMap(({ segments }) =>
        segments
          .filter(({ atNs }) => outside(atUs(atNs)))
          .map(({ frame }) => say(`frame ${frame} of ${file}`, `${file} 第 ${frame} 帧`)),
      ),
    ),
    ...calls
      .filter(({ record }) => outside(record.atUs))
      .map(({ line }) => say(`line ${line} of calls.jsonl`, `calls.jsonl 第 ${line} 行`)),
    ...sockets
      .filter(({ record }) => outside(record.kind === 'gap' ? record.toUs : record.seenUs))
      .map(({ line }) => say(`line ${line} of sockets.jsonl`, `sockets.jsonl 第 ${line} 行`)),
  ];
}
