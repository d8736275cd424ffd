import { createHash } from 'node:crypto';
import { KitError } from '../bytes/index.ts';
import { analyse, type Analysis, type AppProtocol, epochUs, FASTCGI, HTTP } from '../tcp/index.ts';
import { compileProtocol, type Protocol } from '../wire/index.ts';
import { chatProtocol } from './chat-protocol.ts';
import { type Application, MANIFEST, type Manifest } from './manifest.ts';
import {
  APP_RECORD,
  type AppRecord,
  SOCKET_RECORD,
  type SocketRecord,
  TRANSITION_RECORD,
  type TransitionRecord,
} from './records.ts';
import { type Text, text } from './text.ts';

/** A record with the line that holds it, counted from 1. */
export interface Line<T> {
  readonly line: number;
  readonly record: T;
}

/** One host's capture, analysed. */
export interface HostCapture {
  readonly host: string;
  readonly file: string;
  readonly analysis: Analysis;
  /** Microseconds since 1970 of a time in this capture. */
  readonly atUs: (atNs: number) => number;
  readonly dropped: number;
}

/** Something about the evidence itself that lowers what can be concluded from it. */
export interface EvidenceProblem {
  readonly code: 'incomplete' | 'changed' | 'missing' | 'unreadable' | 'dropped' | 'no-capture' | 'unfit';
  readonly text: Text;
}

/** A run's evidence directory, read. Checks and reports know nothing else of the run. */
export interface Evidence {
  readonly manifest: Manifest;
  /** sha256 of evidence.json as it lies there. */
  readonly manifestDigest: string;
  readonly protocol: Protocol;
  readonly calls: readonly Line<AppRecord>[];
  readonly sockets: readonly Line<SocketRecord>[];
  /** From the tracepoint; empty where it was not to be had. */
  readonly transitions: readonly Line<TransitionRecord>[];
  readonly captures: readonly HostCapture[];
  readonly problems: readonly EvidenceProblem[];
}

/** The files of a directory by name. */
export type Files = ReadonlyMap<string, Uint8Array>;

export const EVIDENCE_FILE = 'evidence.json';
export const CALLS_FILE = 'calls.jsonl';
export const SOCKETS_FILE = 'sockets.jsonl';
export const TRANSITIONS_FILE = 'transitions.jsonl';

/**
 * Reads an evidence directory. What is cut, changed or missing becomes a problem, and the rest is read all the same.
 *
 * @throws KitError `no-evidence` or `bad-evidence` (usage) when there is no manifest to go by.
 */
export function readEvidence(files: Files, directory: string): Evidence {
  const manifest = readManifest(files, directory);
  const problems: EvidenceProblem[] = [...statusProblems(manifest), ...sealProblems(manifest, files)];
  const protocolFile = files.get(manifest.protocol.file);
  if (protocolFile === undefined) {
    throw new KitError(
      'bad-evidence',
      text(`${directory} has no ${manifest.protocol.file}`, `${directory} 中没有 ${manifest.protocol.file}`),
      {
        fault: 'usage',
      },
    );
  }
  const protocol = compileProtocol(new TextDecoder().decode(protocolFile), manifest.protocol.file);
  const calls = readLines(files, CALLS_FILE, (value) => APP_RECORD.safeParse(value), problems);
  const sockets = readLines(files, SOCKETS_FILE, (value) => SOCKET_RECORD.safeParse(value), problems);
  const transitions = files.has(TRANSITIONS_FILE)
    ? readLines(files, TRANSITIONS_FILE, (value) => TRANSITION_RECORD.safeParse(value), problems)
    : [];
  const protocols = manifest.speaks?.map((name) => SPOKEN[name]) ?? [chatProtocol(protocol)];
  const captures = manifest.hosts.flatMap((host) => {
    const file = `${host.name}.pcap`;
    const bytes = files.get(file);
    // A lab that was skipped captures nothing, and says why itself.
    if (bytes === undefined && (manifest.lacks ?? []).length > 0) return [];
    if (bytes === undefined) {
      const why = manifest.captureProblem ?? '';
      problems.push({
        code: 'no-capture',
        text: text(
          `no packets of host ${host.name} were captured. ${why}`,
          `主机 ${host.name} 没有抓包。${why}`,
        ),
      });
      return [];
    }
    const analysis = analyse(bytes, { protocols });
    const dropped = host.capture?.dropped ?? 0;
    if (dropped > 0) {
      problems.push({
        code: 'dropped',
        text: text(
          `${file}: the kernel lost ${dropped} packets before tcpdump had them`,
          `${file}：内核在 tcpdump 取走之前丢失了 ${dropped} 个分组`,
        ),
      });
    }
    for (const problem of analysis.problems) {
      problems.push({
        code: 'unreadable',
        text: text(`${file}: ${problem.text}`, `${file}：${problem.text}`),
      });
    }
    return [{ host: host.name, file, analysis, atUs: clockOf(analysis), dropped }];
  });
  const manifestDigest = sha256(files.get(EVIDENCE_FILE) ?? new Uint8Array());
  return { manifest, manifestDigest, protocol, calls, sockets, transitions, captures, problems };
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const SPOKEN: Readonly<Record<Application, AppProtocol>> = { http: HTTP, fastcgi: FASTCGI };

function clockOf({ epochNs }: Analysis): (atNs: number) => number {
  const epoch = epochNs ?? 0n;
  return (atNs) => epochUs(epoch, atNs);
}

function readManifest(files: Files, directory: string): Manifest {
  const bytes = files.get(EVIDENCE_FILE);
  if (bytes === undefined) {
    throw new KitError(
      'no-evidence',
      text(
        `${directory} has no ${EVIDENCE_FILE}: it is no evidence directory`,
        `${directory} 中没有 ${EVIDENCE_FILE}：它不是证据目录`,
      ),
      {
        fault: 'usage',
        hint: text(
          'Give the directory that chat-lab run has written; it names it in its last line.',
          '请给出 chat-lab run 写出的目录；它在最后一行说明。',
        ),
      },
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new KitError(
      'bad-evidence',
      text(
        `${EVIDENCE_FILE} is not JSON: ${error instanceof Error ? error.message : ''}`,
        `${EVIDENCE_FILE} 不是 JSON：${error instanceof Error ? error.message : ''}`,
      ),
      { fault: 'usage', cause: error },
    );
  }
  const parsed = MANIFEST.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new KitError(
      'bad-evidence',
      text(
        `${EVIDENCE_FILE}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
        `${EVIDENCE_FILE} 的 ${issue?.path.join('.') ?? ''} 不对：${issue?.message ?? ''}`,
      ),
      { fault: 'usage' },
    );
  }
  return parsed.data;
}

function statusProblems({ status, reason }: Manifest): EvidenceProblem[] {
  if (status === 'complete') return [];
  const why = reason ?? text('the run was killed', '运行被强行终止');
  return [{ code: 'incomplete', text: text(`the run is not complete: ${why.en}`, `运行不完整：${why.zh}`) }];
}

/** A complete run names the digest of each of its files. */
function sealProblems(manifest: Manifest, files: Files): EvidenceProblem[] {
  if (manifest.status !== 'complete') return [];
  return Object.entries(manifest.files).flatMap(([file, digest]): EvidenceProblem[] => {
    const bytes = files.get(file);
    if (bytes === undefined) return [{ code: 'missing', text: text(`${file} is missing`, `缺少 ${file}`) }];
    if (sha256(bytes) === digest) return [];
    return [
      { code: 'changed', text: text(`${file} was changed after the run`, `${file} 在运行之后被修改过`) },
    ];
  });
}

function readLines<T>(
  files: Files,
  file: string,
  parse: (value: unknown) => { success: true; data: T } | { success: false },
  problems: EvidenceProblem[],
): Line<T>[] {
  const bytes = files.get(file);
  if (bytes === undefined) {
    problems.push({ code: 'missing', text: text(`${file} is missing`, `缺少 ${file}`) });
    return [];
  }
  const rows = new TextDecoder().decode(bytes).split('\n');
  return rows.flatMap((row, index): Line<T>[] => {
    if (row === '') return [];
    const parsed = parse(parseJson(row));
    if (parsed.success) return [{ line: index + 1, record: parsed.data }];
    problems.push({
      code: 'unreadable',
      text: text(`line ${index + 1} of ${file} cannot be read`, `${file} 第 ${index + 1} 行无法读取`),
    });
    return [];
  });
}

function parseJson(row: string): unknown {
  try {
    return JSON.parse(row);
  } catch (error) {
    // A killed run cuts its last line; the caller reports the line.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
