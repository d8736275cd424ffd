import { Buffer } from 'node:buffer';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Grade } from '../../src/check/grade.ts';
import { readEvidence } from '../../src/check/evidence.ts';
import { probeWorlds } from '../../src/host/ability.ts';
import { version } from '../../src/bin/main.ts';
import { gradeReport } from '../../src/grade/report/report.ts';
import { loadLab } from '../../src/lab/find.ts';
import { parametersOf } from '../../src/lab/parameters.ts';
import { EvidenceFiles } from '../lab/evidence-files.ts';
import { editFrame, framesWithFlags } from '../helpers/lab-suite.ts';
import { chatLab, scratch } from '../helpers/lab.ts';

const ability = await probeWorlds();
const why = ability.kind === 'namespaces' ? '' : ` (skipped: ${ability.why ?? 'no namespaces'})`;
const STUDENT = '3200102312';
const SYN = 2;
const { file } = await loadLab('01-connect');
const BIND_PORT = Number(parametersOf(file, STUDENT)['bindPort']);

describe.skipIf(why !== '')(`grade report${why}`, () => {
  const folder = scratch();
  const run = join(folder, 'run');
  let copies = 0;

  beforeAll(async () => {
    const { code, stderr } = await chatLab(['run', '1', '--student', STUDENT, '--out', run]);
    expect(stderr).not.toContain('fault');
    expect(code).toBe(0);
  }, 180_000);

  /** The run as somebody hands it in, after `change`. */
  async function graded(
    change: (files: EvidenceFiles) => unknown,
    student = STUDENT,
    report = readFileSync(join(run, 'report.md'), 'utf8'),
  ): Promise<Grade> {
    const files = new EvidenceFiles(run);
    change(files);
    const copy = join(folder, `copy-${++copies}`);
    mkdirSync(copy);
    for (const [name, bytes] of files.files) writeFileSync(join(copy, name), bytes);
    writeFileSync(join(copy, 'report.md'), report);
    const grade = await gradeReport(copy, { student, kit: version() });
    rmSync(copy, { recursive: true });
    return grade;
  }

  async function gradedReport(change: (report: string) => string): Promise<Grade> {
    const copy = join(folder, `copy-${++copies}`);
    cpSync(run, copy, { recursive: true });
    const before = readFileSync(join(copy, 'report.md'), 'utf8');
    const after = change(before);
    expect(after).not.toBe(before);
    writeFileSync(join(copy, 'report.md'), after);
    return gradeReport(copy, { kit: version() });
  }

  const checkOf = (grade: Grade, id: string) => grade.checks.find((check) => check.id === id);

  test('evidence as it was written is judged, and nothing in it contradicts itself', async () => {
    const grade = await graded(() => undefined);
    expect(grade.problems).toEqual([]);
    const labs = grade.checks.filter(({ id }) => !id.startsWith('answer-'));
    expect(labs.map(({ id, verdict }) => [id, verdict])).toEqual(labs.map(({ id }) => [id, 'pass']));
    expect(grade.score.points).toBe(100);
  });

  const FORGERIES: readonly (readonly [string, RegExp, (files: EvidenceFiles) => unknown])[] = [
    [
      'a file changed, its digest kept',
      /calls.jsonl was changed/,
      (files) =>
        files.lines('calls.jsonl', (record, index) => (index === 0 ? { ...record, atUs: 0 } : record)),
    ],
    ['an incomplete run', /not complete/, (files) => files.manifest((m) => void (m.status = 'running'))],
    [
      'another student’s number on the same run',
      /variant of student 3200102399/,
      (files) => files.manifest((m) => void (m.student = '3200102399')),
    ],
    [
      'the variant of another student under the right number',
      /subnet/,
      (files) => files.manifest((m) => void (m.world.subnet = '10.77.7.0/24')),
    ],
    [
      'a parameter that the number does not make',
      new RegExp(`student ${STUDENT} has bindPort ${BIND_PORT}, the run used 20123`),
      (files) => files.manifest((m) => void (m.parameters['bindPort'] = 20_123)),
    ],
    [
      'a protocol that was not used',
      /not the description/,
      (files) => files.set('protocol.yaml', `${files.text('protocol.yaml')}\n# another\n`).seal(),
    ],
    [
      'a capture of another time',
      /frame \d+ of client.pcap lies outside/,
      (files) => shiftTimes(files, 'client.pcap', 3600).seal(),
    ],
    [
      'a capture whose sequence numbers are not those of the other end',
      /initial sequence numbers/,
      (files) => {
        const [frame = 0] = framesWithFlags(files, 'client.pcap', SYN);
        editFrame(files, 'client.pcap', frame, (bytes, at) =>
          bytes.writeUInt32BE((bytes.readUInt32BE(at + 4) ^ 0xffff) >>> 0, at + 4),
        );
        files.seal();
      },
    ],
    [
      'a packet cut out',
      /client.pcap has \d+ packets, tcpdump wrote/,
      (files) => {
        const bytes = files.bytes('client.pcap');
        const first = 16 + Buffer.from(bytes).readUInt32LE(24 + 8);
        files.set('client.pcap', Buffer.concat([bytes.subarray(0, 24), bytes.subarray(24 + first)])).seal();
      },
    ],
    [
      'bytes changed in one capture',
      /byte \d+ of .* differs/,
      (files) => {
        const bytes = Buffer.from(files.bytes('client.pcap'));
        bytes.writeUInt8(bytes.readUInt8(lastPayloadByte(bytes)) ^ 1, lastPayloadByte(bytes));
        files.set('client.pcap', bytes).seal();
      },
    ],
    [
      'calls of another connection',
      /no such connection/,
      (files) =>
        files
          .lines('calls.jsonl', (record) =>
            record['kind'] === 'connected'
              ? { ...record, local: { address: '10.77.81.2', port: 1 } }
              : record,
          )
          .seal(),
    ],
    [
      'a received packet that never came',
      /received bytes up to/,
      (files) =>
        files
          .lines('calls.jsonl', (record) =>
            record['kind'] === 'packet' && record['host'] === 'client' && record['direction'] === 'received'
              ? { ...record, offset: 100_000 }
              : record,
          )
          .seal(),
    ],
    [
      'a packet told as another',
      /received time.response at offset/,
      (files) =>
        files
          .lines('calls.jsonl', (record) =>
            record['kind'] === 'packet' && record['host'] === 'client' && record['type'] === 'list.response'
              ? { ...record, type: 'time.response' }
              : record,
          )
          .seal(),
    ],
    [
      'a socket without packets',
      /no packet of it/,
      (files) =>
        files
          .lines(
            'sockets.jsonl',
            (record) =>
              JSON.parse(
                JSON.stringify(record).replaceAll(`"remotePort":${BIND_PORT}`, '"remotePort":40999'),
              ) as typeof record,
          )
          .seal(),
    ],
    [
      'kernel samples of another time',
      /line \d+ of sockets.jsonl lies outside/,
      (files) =>
        files
          .lines('sockets.jsonl', (record) =>
            typeof record['seenUs'] === 'number'
              ? { ...record, seenUs: record['seenUs'] - 86_400e6 }
              : record,
          )
          .seal(),
    ],
  ];

  /** What is said in evidence.json alone, by somebody who seals it again, digest of result.json included. */
  const CLAIMS: readonly (readonly [string, RegExp, (files: EvidenceFiles) => unknown])[] = [
    [
      'a program that the lab does not need, said to be missing',
      /nginx was missing, which lab 01-connect does not need/,
      (files) =>
        files.manifest((m) => void (m.lacks = [{ program: 'nginx', package: 'nginx-light' }])).seal(),
    ],
    [
      'a run that was not made and left packets',
      /nothing was run, and there are phases, calls.jsonl, sockets.jsonl, .*client.pcap/,
      (files) =>
        files.manifest((m) => void (m.lacks = [{ program: 'nginx', package: 'nginx-light' }])).seal(),
    ],
    [
      'captures taken away, and a reason given',
      /nothing could be captured .* never complete/,
      (files) => {
        for (const name of ['client.pcap', 'server.pcap']) files.files.delete(name);
        files
          .manifest((m) => {
            m.captureProblem = 'tcpdump: permission denied';
            for (const host of m.hosts) host.capture = null;
            m.files = without(m.files, ['client.pcap', 'server.pcap']);
          })
          .seal();
      },
    ],
    [
      'one capture taken away',
      /client.pcap do not agree whether the packets of client were captured/,
      (files) => {
        files.files.delete('client.pcap');
        files.manifest((m) => void (m.files = without(m.files, ['client.pcap']))).seal();
      },
    ],
    [
      'a world on loopback that has the addresses of another',
      /said to be loopback, and host client has address 10\./,
      (files) => files.manifest((m) => void (m.world = { ...m.world, kind: 'loopback', why: 'none' })).seal(),
    ],
    [
      'a digest taken off the list',
      /calls.jsonl has no digest/,
      (files) =>
        files
          .lines('calls.jsonl', (record, index) => (index === 0 ? { ...record, pid: 1 } : record))
          .manifest((m) => void (m.files = without(m.files, ['calls.jsonl'])))
          .seal(),
    ],
    [
      'sockets that were not sampled',
      /not sampled; such a run is never complete/,
      (files) => files.manifest((m) => void (m.sampler = null)).seal(),
    ],
    [
      'gaps of the sampler hidden',
      /counts 7 gaps in sockets.jsonl, there are \d/,
      (files) => files.manifest((m) => void (m.sampler = m.sampler && { ...m.sampler, gaps: 7 })).seal(),
    ],
    ['a run without phases', /has no phase/, (files) => files.manifest((m) => void (m.phases = [])).seal()],
    [
      'a phase that never ended',
      /phase .* lies outside it or has no end/,
      (files) =>
        files.manifest((m) => void (m.phases = m.phases.map((p) => ({ ...p, endedAtUs: null })))).seal(),
    ],
    [
      'another lab’s name on the same run',
      /evidence.json has \w+ .*, and lab 02-commands has/,
      (files) => files.manifest((m) => void (m.lab = '02-commands')).seal(),
    ],
    [
      'anything else in evidence.json, where result.json is left as it was',
      /evidence.json was changed after its verdicts were made/,
      (files) => files.manifest((m) => void (m.environment['kernel'] = 'another')),
    ],
  ];

  test.each([...FORGERIES, ...CLAIMS])('names %s', async (_name, problem, change) => {
    const grade = await graded(change);
    expect(grade.problems.map(({ en }) => en).join('\n')).toMatch(problem);
    expect(
      new Set(grade.checks.filter(({ maxPoints }) => maxPoints > 0).map(({ verdict }) => verdict)),
    ).toEqual(new Set(['ungradable']));
    expect(grade.score.points).toBe(0);
  });

  test('without result.json that is said, and costs nothing', async () => {
    const grade = await graded((files) => files.files.delete('result.json'));
    expect(grade.problems.map(({ en }) => en)).toEqual([
      'result.json is missing: whether evidence.json was changed afterwards cannot be seen',
    ]);
    expect(grade.score.points).toBe(100);
  });

  test('a run that could not be made shows nothing, whoever says so: no points, of all', async () => {
    const { file } = await loadLab('11-fastcgi');
    const grade = await graded((files) => {
      for (const name of ['client.pcap', 'server.pcap', 'transitions.jsonl']) files.files.delete(name);
      files.set('calls.jsonl', '').set('sockets.jsonl', '');
      files
        .manifest((m) => {
          const [host] = m.hosts;
          Object.assign(m, {
            ...{ lab: file.lab, speaks: file.speaks, wire: file.wire, phases: [] },
            parameters: { ...parametersOf(file, STUDENT), port: file.port ?? m.parameters['port'] },
            hosts: file.hosts.map((name) => ({ ...host, name, address: '127.0.0.1', capture: null })),
            lacks: [{ program: 'nginx', package: 'nginx-light' }],
          });
          m.files = without(
            m.files,
            Object.keys(m.files).filter((name) => !files.files.has(name)),
          );
        })
        .seal();
    });
    const judged = grade.checks.filter(({ id }) => file.checks.some((check) => check.id === id));
    expect(new Set(judged.map(({ verdict }) => verdict))).toEqual(new Set(['ungradable']));
    expect(judged[0]?.actual.en).toMatch(/not installed here: nginx/);
    expect(grade.score.points).toBe(0);
    expect(grade.score.of).toBeGreaterThanOrEqual(file.checks.reduce((sum, { points }) => sum + points, 0));
  });

  test('another version of the kit is no way around the comparison', async () => {
    const other = '9.9.9';
    const version = (files: EvidenceFiles): unknown => files.manifest((m) => void (m.kit = other)).seal();
    const honest = checkOf(await graded(version), 'report-fits');
    const report = readFileSync(join(run, 'report.md'), 'utf8');
    const changed = checkOf(
      await graded(version, STUDENT, report.replace('✔ pass | 25/25', '✔ pass | 95/25')),
      'report-fits',
    );
    expect(changed?.verdict).toBe('ungradable');
    expect(changed?.actual.en).toMatch(/names version 9\.9\.9 of the kit, and this is/);
    expect(changed?.steps.length).toBe((honest?.steps.length ?? 0) + 1);
  });

  test('another student’s evidence is not this one’s', async () => {
    const grade = await graded(() => undefined, '3200102313');
    expect(grade.problems[0]?.en).toBe('the run is the variant of student 3200102312, not of 3200102313');
    expect(grade.score.points).toBe(0);
  });

  test('a number changed in the report is named with its line and what the evidence makes of it', async () => {
    const grade = await gradedReport((report) =>
      report.replace(
        'Three segments open each connection | ✔ pass | 25/25',
        'Three segments open each connection | ✔ pass | 95/25',
      ),
    );
    const check = checkOf(grade, 'report-fits');
    expect(check?.verdict).toBe('ungradable');
    expect(check?.steps.at(-1)?.en).toMatch(/^line \d+ says: .*95\/25.* – the evidence makes it: .*25\/25/);
    // The points come from the evidence all the same.
    expect(grade.score.points).toBe(100);
  });

  test('a line taken out is named', async () => {
    const grade = await gradedReport((report) => report.replace(/^.*Question 1: bind\..*$/m, ''));
    expect(
      checkOf(grade, 'report-fits')
        ?.steps.map(({ en }) => en)
        .join(),
    ).toMatch(/^line \d+ is missing: .*Question 1/);
  });

  test('own words are no change', async () => {
    const grade = await gradedReport((report) =>
      report
        .replace('*(for you to write)*', 'I learnt that 3 + 4 = 7.')
        .replace('## 5 Data', '## 5 Data\n\nA remark of mine.'),
    );
    expect(checkOf(grade, 'report-fits')?.verdict).toBe('pass');
  });

  test.each([
    ['the right answer', (port: number) => `It was ${port}.`, 'pass'],
    ['a wrong one', (port: number) => `${port + 1}`, 'fail'],
    ['several, one of them right', (port: number) => `${port} or ${port + 1}`, 'fail'],
    ['none', () => '', 'fail'],
  ] as const)('%s: judged by the student’s own capture', async (_name, answer, verdict) => {
    // Found without the lab's code: the third SYN's source port stands in the packet.
    const files = new EvidenceFiles(run);
    const { calls } = readEvidence(files.files, run);
    const said = calls.find(
      ({ record }) => record.kind === 'connected' && record.process === 'client-2',
    )?.record;
    const port = said?.kind === 'connected' ? said.local.port : 0;
    const grade = await gradedReport((report) =>
      report.replace(/(<!-- answer:client-port -->)\n+/, `$1\n${answer(port)} \n`),
    );
    expect(checkOf(grade, 'answer-client-port')?.verdict).toBe(verdict);
    expect(checkOf(grade, 'report-fits')?.verdict).toBe('pass');
  });

  test('made again, the report keeps the answers, in either language', async () => {
    const copy = join(folder, 'kept');
    cpSync(run, copy, { recursive: true });
    const path = join(copy, 'report.md');
    const written = readFileSync(path, 'utf8').replace(
      '<!-- answer:client-port -->',
      '<!-- answer:client-port -->\n4711',
    );
    writeFileSync(path, written);
    for (const language of ['zh', 'en']) await chatLab(['report', copy, '--lang', language]);
    expect(readFileSync(path, 'utf8')).toMatch(/<!-- answer:client-port -->\s+4711\s+<!-- \/answer -->/);
    expect(readFileSync(path, 'utf8')).toContain('*(for you to write)*');
  });
});

const without = <T>(record: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));

function shiftTimes(files: EvidenceFiles, name: string, seconds: number): EvidenceFiles {
  const bytes = Buffer.from(files.bytes(name));
  for (let at = 24; at + 16 <= bytes.length; at += 16 + bytes.readUInt32LE(at + 8))
    bytes.writeUInt32LE(bytes.readUInt32LE(at) + seconds, at);
  return files.set(name, bytes);
}

/** The last byte of the largest packet, which is one of data. */
function lastPayloadByte(bytes: Buffer): number {
  let [largest, end] = [0, 0];
  for (let at = 24; at + 16 <= bytes.length; at += 16 + bytes.readUInt32LE(at + 8)) {
    const length = bytes.readUInt32LE(at + 8);
    if (length > largest) [largest, end] = [length, at + 16 + length];
  }
  return end - 1;
}
