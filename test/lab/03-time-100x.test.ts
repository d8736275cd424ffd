import { Buffer } from 'node:buffer';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { readEvidence } from '../../src/check/evidence.ts';
import { judge } from '../../src/check/judge.ts';
import type { Result } from '../../src/check/result.ts';
import { probeWorlds } from '../../src/host/ability.ts';
import { findProgram } from '../../src/host/programs.ts';
import { loadLab } from '../../src/lab/find.ts';
import { shippedProtocols } from '../../src/wire/index.ts';
import { asNobody, chatLab, isRoot, scratch } from '../helpers/lab.ts';
import { EvidenceFiles } from './evidence-files.ts';

const LAB = '03-time-100x';
const ability = await probeWorlds();
const namespaces = ability.kind === 'namespaces' ? '' : ` (skipped: ${ability.why ?? 'no namespaces'})`;
const tshark = findProgram('tshark') === undefined ? ' (skipped: tshark is not installed)' : '';

const resultOf = (directory: string): Result =>
  JSON.parse(readFileSync(join(directory, 'result.json'), 'utf8')) as Result;
const verdictsOf = ({ verdicts }: Result): Record<string, string> =>
  Object.fromEntries(verdicts.map(({ id, verdict }) => [id, verdict]));
const CHECKS = [
  'captures-complete',
  'all-sent',
  'all-answered',
  'answers-match',
  'streams-equal',
  'states-agree',
];
const allPass = Object.fromEntries(CHECKS.map((id) => [id, 'pass']));

describe.skipIf(namespaces !== '')(`on hosts of their own${namespaces}`, () => {
  const directory = join(scratch(), 'run');
  let outcome: Awaited<ReturnType<typeof chatLab>>;

  beforeAll(async () => {
    outcome = await chatLab(['run', LAB, '--out', 'run'], { cwd: dirname(directory) });
  }, 180_000);

  test('every check passes, and the command says so', () => {
    expect(outcome.stderr).not.toContain('fault');
    expect(verdictsOf(resultOf(directory))).toEqual(allPass);
    expect(outcome.stdout.split('\n')).toEqual([
      `${LAB}: 6 of 6 checks pass, 100 of 100 points`,
      'run/report.md',
    ]);
    expect(outcome.code).toBe(0);
  });

  test.each(shippedProtocols().filter((name) => name !== 'clp'))(
    'the same lab, unchanged, in %s',
    async (protocol) => {
      const own = join(scratch(), 'run');
      const { code, stderr } = await chatLab(['run', LAB, '--out', own, '--protocol', protocol]);
      expect(stderr).not.toContain('fault');
      expect(verdictsOf(resultOf(own))).toEqual(allPass);
      expect(code).toBe(0);
    },
    180_000,
  );

  test('progress goes to stderr, as plain lines where there is no terminal', () => {
    expect(outcome.stderr).toMatch(/^03-time-100x: 100 requests one by one, Nagle off …$/m);
    expect(outcome.stderr).not.toContain('\r');
  });

  test.skipIf(tshark !== '')(
    `the segments that the report counts are those that tshark counts${tshark}`,
    async () => {
      const fields = ['tcp.srcport', 'tcp.dstport', 'tcp.seq', 'tcp.len'].flatMap((field) => ['-e', field]);
      const { stdout } = await execa('tshark', [
        '-r',
        join(directory, 'client.pcap'),
        '-Y',
        'tcp.len > 0',
        '-T',
        'fields',
        ...fields,
      ]);
      const segments = stdout.split('\n').map((line) => line.split('\t').map(Number));
      const evidence = readEvidence(new EvidenceFiles(directory).files, directory);
      const report = readFileSync(join(directory, 'report.md'), 'utf8');
      for (const phase of evidence.manifest.phases) {
        const port = Number(phase.facts['clientPort']);
        // The name that the client gives itself comes first: hello.request of 16 bytes and "client"; bye comes last.
        const requests = segments.filter(
          ([source, , seq = 0, length = 0]) =>
            source === port && seq + length > 1 + 22 && seq < 1 + 22 + 1600,
        );
        const row = report.split('\n').find((line) => line.includes(`\`${port} → 5264\``));
        expect(row).toBeDefined();
        const counted = evidence.captures
          .find(({ host }) => host === 'client')
          ?.analysis.connections.find(({ initiator }) => initiator.port === port);
        const bearing = new Set(counted?.directions[0].framesOf(22, 1600));
        expect(bearing.size).toBe(requests.length);
        const name = { 'one-by-one': 'one by one', 'all-at-once': 'all at once' }[
          String(phase.facts['pace'])
        ];
        const nagle = phase.facts['nagle'] === true ? 'on' : 'off';
        expect(report).toMatch(
          new RegExp(
            `\\*\\*${name}, Nagle ${nagle}:\\*\\* 100 requests sent, 100 answered; ${requests.length} segments carried the requests`,
          ),
        );
      }
    },
  );

  test('the report has its sections in the order of universities, in both languages, and no holes', async () => {
    const heads = (): string[] =>
      [...readFileSync(join(directory, 'report.md'), 'utf8').matchAll(/^## \d (.*)$/gm)].map(
        (match) => match[1] ?? '',
      );
    expect(heads()).toEqual([
      'Purpose',
      'Content',
      'Equipment',
      'Method and steps',
      'Data',
      'Results and analysis',
      'Discussion',
    ]);
    const again = await chatLab(['report', directory, '--lang', 'zh']);
    expect(again.code).toBe(0);
    expect(heads()).toEqual([
      '实验目的',
      '实验内容',
      '主要仪器设备',
      '操作方法与实验步骤',
      '实验数据记录和处理',
      '实验结果与分析',
      '讨论、心得',
    ]);
    const text = readFileSync(join(directory, 'report.md'), 'utf8');
    expect(text).not.toMatch(/undefined|NaN|\[object|Infinity/);
    for (const [, file = ''] of text.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g))
      expect(existsSync(join(directory, file))).toBe(true);
  });

  describe('its checks', () => {
    const verdicts = async (files: EvidenceFiles): Promise<Record<string, string>> => {
      const { file, code } = await loadLab(LAB);
      const evidence = readEvidence(files.files, directory);
      return Object.fromEntries(
        judge(evidence, file.checks, code.checks).map(({ id, verdict }) => [id, verdict]),
      );
    };
    const fresh = (): EvidenceFiles => new EvidenceFiles(directory);
    /** Changes the nth answer's request number in a capture, where it stands in the packet. */
    function renumberAnswer(files: EvidenceFiles, file: string, from: number, to: number): void {
      const bytes = Buffer.from(files.bytes(file));
      const header = Buffer.from(`434c010202000000${from.toString(16).padStart(8, '0')}`, 'hex');
      const at = bytes.indexOf(header);
      expect(at).toBeGreaterThan(0);
      bytes.writeUInt32BE(to, at + 8);
      files.set(file, bytes);
    }

    const cases: [string, (files: EvidenceFiles) => unknown, Record<string, string>][] = [
      ['pass what was not touched', (files) => files, {}],
      [
        'find an answer that the server never said',
        (files) => {
          let left = 1;
          return files.lines('calls.jsonl', (record) =>
            record['kind'] === 'packet' &&
            record['type'] === 'time.response' &&
            record['host'] === 'server' &&
            left-- > 0
              ? undefined
              : record,
          );
        },
        { 'all-answered': 'fail' },
      ],
      [
        'find a request that the program never wrote',
        (files) => {
          let left = 1;
          return files.lines('calls.jsonl', (record) =>
            record['kind'] === 'packet' &&
            record['type'] === 'time.request' &&
            record['host'] === 'client' &&
            left-- > 0
              ? undefined
              : record,
          );
        },
        { 'all-sent': 'fail' },
      ],
      [
        'find a request that was answered twice, and one that was not',
        (files) => {
          for (const file of ['client.pcap', 'server.pcap']) renumberAnswer(files, file, 50, 49);
        },
        { 'answers-match': 'fail' },
      ],
      [
        'find bytes that changed on the way',
        (files) => renumberAnswer(files, 'server.pcap', 50, 51),
        { 'streams-equal': 'fail' },
      ],
      [
        'find a kernel that contradicts the packets',
        (files) =>
          files.lines('sockets.jsonl', (record) =>
            record['label'] === 'one-by-one closed'
              ? (JSON.parse(JSON.stringify(record).replaceAll('TIME_WAIT', 'CLOSE_WAIT')) as typeof record)
              : record,
          ),
        { 'states-agree': 'fail' },
      ],
      [
        'not judge what tcpdump lost',
        (files) =>
          files.manifest(({ hosts }) => {
            const capture = hosts[0]?.capture;
            if (capture) capture.dropped = 3;
          }),
        { 'captures-complete': 'ungradable' },
      ],
    ];

    test.each(cases)('%s', async (_, change, expected) => {
      const files = fresh();
      change(files);
      expect(await verdicts(files.seal())).toEqual({ ...allPass, ...expected });
    });

    const spoilt: [string, (files: EvidenceFiles) => unknown, string][] = [
      [
        'a file that was changed behind the run',
        (files) => files.lines('calls.jsonl', (record, index) => (index === 5 ? undefined : record)),
        'changed',
      ],
      ['a file that is missing', (files) => files.files.delete('sockets.jsonl'), 'missing'],
      [
        'a run that was interrupted',
        (files) => files.manifest((manifest) => (manifest.status = 'incomplete')),
        'incomplete',
      ],
      [
        'a run that was killed',
        (files) => files.manifest((manifest) => (manifest.status = 'running')),
        'incomplete',
      ],
    ];

    test.each(spoilt)('grade nothing in %s', async (_, change, code) => {
      const files = fresh();
      change(files);
      const evidence = readEvidence(files.files, directory);
      expect(evidence.problems.map((problem) => problem.code)).toContain(code);
      expect(await verdicts(files)).toEqual(Object.fromEntries(CHECKS.map((id) => [id, 'ungradable'])));
    });
  });
});

test.skipIf(namespaces !== '' || !isRoot)(
  `an ordinary user gets the same${namespaces === '' && !isRoot ? ' (skipped: the tests are an ordinary user’s anyway)' : namespaces}`,
  async () => {
    const directory = join(scratch(), 'run');
    const { code, stderr } = await chatLab(['run', '3', '--out', directory, '--student', '3200102312'], {
      launcher: asNobody,
    });
    expect(stderr).not.toContain('fault');
    expect(code).toBe(0);
    const { verdicts, student } = resultOf(directory);
    expect(student).toBe('3200102312');
    expect(verdicts.every(({ verdict }) => verdict === 'pass')).toBe(true);
    const manifest = JSON.parse(readFileSync(join(directory, 'evidence.json'), 'utf8')) as {
      parameters: { port: number };
      world: { subnet: string };
      environment: { rootless: boolean };
    };
    expect(manifest.parameters.port).toBe(2312);
    expect(manifest.world.subnet).not.toBe('10.77.0.0/24');
    expect(manifest.environment.rootless).toBe(true);
  },
  180_000,
);

test.skipIf(ability.kind === 'none')(
  `on loopback the same is done, and the report says so${ability.kind === 'none' ? ` (skipped: ${ability.why ?? ''})` : ''}`,
  async () => {
    const directory = join(scratch(), 'run');
    const { code, stdout } = await chatLab([
      'run',
      LAB,
      '--hosts',
      'loopback',
      '--port',
      '23817',
      '--out',
      directory,
      '--json',
    ]);
    const { runs } = JSON.parse(stdout) as { runs: { result: Result }[] };
    const verdicts = Object.values(verdictsOf(runs[0]?.result ?? resultOf(directory)));
    const report = readFileSync(join(directory, 'report.md'), 'utf8');
    expect(report).toContain('this run was on the loopback interface');
    // Who may not capture on the machine's own interface still gets a report, with the checks that need packets skipped.
    expect([...new Set(verdicts)]).toEqual(
      isRoot ? ['pass'] : expect.arrayContaining([expect.stringMatching(/pass|skipped/)]),
    );
    expect(code).toBe(verdicts.includes('skipped') ? 3 : 0);
  },
  180_000,
);
