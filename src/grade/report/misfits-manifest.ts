/**
 * evidence.json against the lab's own file, against the files beside it and against itself. It has no digest of its own
 * that a student could not write too, so what it says must be what such a run would have had to record.
 */
import {
  CALLS_FILE,
  type Evidence,
  type Files,
  SOCKETS_FILE,
  type Text,
  text,
  TRANSITIONS_FILE,
} from '../../check/index.ts';
import type { LabFile } from '../../lab/index.ts';

export function manifestMisfits(evidence: Evidence, files: Files, lab: LabFile): Text[] {
  return [
    ...labMisfits(evidence, lab),
    ...worldMisfits(evidence, lab),
    ...fileMisfits(evidence, files),
    ...lackMisfits(evidence, files, lab),
    ...captureMisfits(evidence, files),
    ...countMisfits(evidence, files),
    ...phaseMisfits(evidence),
  ];
}

const plain = (value: unknown): string => JSON.stringify(value);

/** What lab.yaml fixes for every run. */
function labMisfits({ manifest }: Evidence, lab: LabFile): Text[] {
  const pairs: readonly (readonly [what: string, says: unknown, is: unknown])[] = [
    ['hosts', manifest.hosts.map(({ name }) => name), lab.hosts],
    ['wire', manifest.wire ?? 'cable', lab.wire ?? 'cable'],
    ['speaks', manifest.speaks ?? null, lab.speaks ?? null],
  ];
  return pairs
    .filter(([, says, is]) => plain(says) !== plain(is))
    .map(([what, says, is]) =>
      text(
        `evidence.json has ${what} ${plain(says)}, and lab ${manifest.lab} has ${plain(is)}`,
        `evidence.json 中的 ${what} 为 ${plain(says)}，而实验 ${manifest.lab} 为 ${plain(is)}`,
      ),
    );
}

const isLoopback = (address: string): boolean => address.startsWith('127.');

/** A run on loopback has other addresses, and skips what needs a network of its own. */
function worldMisfits({ manifest, captures }: Evidence, lab: LabFile): Text[] {
  const onLoopback = manifest.world.kind === 'loopback';
  const found: Text[] = [];
  if (onLoopback && lab.namespaces === true && manifest.lacks === undefined)
    found.push(
      text(
        `lab ${manifest.lab} cannot have been run on loopback`,
        `实验 ${manifest.lab} 不可能在环回接口上运行过`,
      ),
    );
  const wanted = onLoopback || lab.wire === 'loopback';
  for (const { name, address } of manifest.hosts) {
    if (isLoopback(address) === wanted) continue;
    found.push(
      text(
        `the world is said to be ${manifest.world.kind}, and host ${name} has address ${address}`,
        `据称环境为 ${manifest.world.kind}，而主机 ${name} 的地址是 ${address}`,
      ),
    );
  }
  const stranger = captures
    .flatMap(({ file, analysis }) => analysis.connections.map((connection) => ({ file, connection })))
    .find(({ connection: { initiator, responder } }) =>
      [initiator, responder].every(({ address }) => isLoopback(address) !== wanted),
    );
  if (stranger !== undefined)
    found.push(
      text(
        `the world is said to be ${manifest.world.kind}, and ${stranger.file} has packets of ${stranger.connection.initiator.address}`,
        `据称环境为 ${manifest.world.kind}，而 ${stranger.file} 中有 ${stranger.connection.initiator.address} 的分组`,
      ),
    );
  return found;
}

/** A complete run seals each file that is read here: one without a digest was put there, or taken off the list. */
function fileMisfits({ manifest }: Evidence, files: Files): Text[] {
  if (manifest.status !== 'complete') return [];
  const always = [CALLS_FILE, SOCKETS_FILE, manifest.protocol.file];
  const perhaps = [TRANSITIONS_FILE, ...manifest.hosts.map(({ name }) => `${name}.pcap`)];
  const wanted = [...always, ...perhaps.filter((file) => files.has(file))];
  return wanted
    .filter((file) => !(file in manifest.files))
    .map((file) =>
      text(
        `${file} has no digest in evidence.json: a complete run has sealed each of its files`,
        `evidence.json 中没有 ${file} 的摘要：完整的运行会为每个文件记录摘要`,
      ),
    );
}

/** A run that could not be made for want of a program has made nothing else. */
function lackMisfits({ manifest, calls, sockets }: Evidence, files: Files, lab: LabFile): Text[] {
  const { lacks = [] } = manifest;
  const needs = lab.needs ?? [];
  const odd = lacks.flatMap((lack) =>
    'program' in lack && !needs.includes(lack.program) ? [lack.program] : [],
  );
  const found = odd.map((program) =>
    text(
      `evidence.json says that ${program} was missing, which lab ${manifest.lab} does not need`,
      `evidence.json 称缺少 ${program}，而实验 ${manifest.lab} 并不需要它`,
    ),
  );
  if (lacks.length === 0) return found;
  const seen = [
    ...(manifest.phases.length > 0 ? ['phases'] : []),
    ...(calls.length > 0 ? [CALLS_FILE] : []),
    ...(sockets.length > 0 ? [SOCKETS_FILE] : []),
    ...manifest.hosts.map(({ name }) => `${name}.pcap`).filter((file) => files.has(file)),
  ];
  if (seen.length > 0)
    found.push(
      text(
        `evidence.json says that programs were missing and nothing was run, and there are ${seen.join(', ')}`,
        `evidence.json 称缺少程序而没有运行，却存在 ${seen.join('、')}`,
      ),
    );
  return found;
}

/** With a network of its own a run that cannot capture fails; on loopback it says why, and has no captures. */
function captureMisfits({ manifest }: Evidence, files: Files): Text[] {
  if (manifest.status !== 'complete' || manifest.lacks !== undefined) return [];
  const { captureProblem, world } = manifest;
  if (captureProblem !== null && world.kind === 'namespaces')
    return [
      text(
        `evidence.json says that nothing could be captured (${captureProblem}); such a run is never complete`,
        `evidence.json 称无法抓包（${captureProblem}）；那样的运行不会完成`,
      ),
    ];
  return manifest.hosts.flatMap(({ name, capture }): Text[] => {
    const file = `${name}.pcap`;
    const there = files.has(file);
    if (captureProblem === null && capture !== null && there) return [];
    if (captureProblem !== null && capture === null && !there) return [];
    return [
      text(
        `evidence.json and ${file} do not agree whether the packets of ${name} were captured`,
        `evidence.json 与 ${file} 对是否抓到 ${name} 的分组说法不一`,
      ),
    ];
  });
}

/** Counts that the run wrote down, against what is there. */
function countMisfits({ manifest, sockets, transitions }: Evidence, files: Files): Text[] {
  if (manifest.status !== 'complete' || manifest.lacks !== undefined) return [];
  const { sampler, stateTrace } = manifest;
  if (sampler === null)
    return [
      text(
        'evidence.json says that the sockets were not sampled; such a run is never complete',
        'evidence.json 称没有对套接字采样；那样的运行不会完成',
      ),
    ];
  const gaps = sockets.filter(({ record }) => record.kind === 'gap').length;
  const traced = stateTrace?.transitions ?? 0;
  const counts: readonly (readonly [string, number, number, boolean])[] = [
    [`gaps in ${SOCKETS_FILE}`, sampler.gaps, gaps, sampler.gaps === gaps],
    [`transitions in ${TRANSITIONS_FILE}`, traced, transitions.length, transitions.length === traced],
  ];
  const found = counts
    .filter(([, , , fits]) => !fits)
    .map(([what, says, is]) =>
      text(
        `evidence.json counts ${says} ${what}, there are ${is}`,
        `evidence.json 记有 ${says} 个 ${what}，实际 ${is} 个`,
      ),
    );
  if (stateTrace !== undefined && stateTrace.why !== null && files.has(TRANSITIONS_FILE))
    found.push(
      text(
        `evidence.json says why there is no ${TRANSITIONS_FILE}, and it is there`,
        `evidence.json 说明了为何没有 ${TRANSITIONS_FILE}，而它存在`,
      ),
    );
  return found;
}

/** Phases follow one another within the run. */
function phaseMisfits({ manifest }: Evidence): Text[] {
  if (manifest.status !== 'complete' || manifest.lacks !== undefined) return [];
  if (manifest.phases.length === 0)
    return [
      text(
        'evidence.json has no phase: a complete run has',
        'evidence.json 中没有任何阶段：完整的运行应当有',
      ),
    ];
  const until = manifest.endedAtUs ?? Infinity;
  return manifest.phases
    .filter(
      ({ startedAtUs, endedAtUs }) =>
        endedAtUs === null ||
        startedAtUs > endedAtUs ||
        startedAtUs < manifest.startedAtUs ||
        endedAtUs > until,
    )
    .map(({ id }) =>
      text(
        `phase ${id} of a complete run lies outside it or has no end`,
        `完整的运行中阶段 ${id} 不在其间或没有结束`,
      ),
    );
}
