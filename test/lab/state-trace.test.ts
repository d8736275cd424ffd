import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { readEvidence } from '../../src/check/evidence.ts';
import { judge } from '../../src/check/judge.ts';
import { MANIFEST } from '../../src/check/manifest.ts';
import { TRANSITION_RECORD } from '../../src/check/records.ts';
import { staysOf } from '../../src/check/socket-view.ts';
import { probeWorlds } from '../../src/host/ability.ts';
import { startStateTrace } from '../../src/host/state-trace.ts';
import { parseTransition } from '../../src/host/transition.ts';
import { loadLab } from '../../src/lab/find.ts';
import { asNobody, chatLab, isRoot, scratch, startChatLab } from '../helpers/lab.ts';
import { testUnless } from '../helpers/skip.ts';
import { until } from '../helpers/until.ts';
import { whyNoTshark } from '../tcp/tshark.ts';
import { EvidenceFiles } from './evidence-files.ts';

const ability = await probeWorlds();
const why = await whyNot();
const skipped = why === undefined ? '' : ` (skipped: ${why})`;

async function whyNot(): Promise<string | undefined> {
  if (ability.kind !== 'namespaces') return ability.why ?? 'no namespaces';
  try {
    await (await startStateTrace({ lowPort: 1, highPort: 1 }, () => undefined)).stop();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const manifestOf = (directory: string) =>
  MANIFEST.parse(JSON.parse(readFileSync(join(directory, 'evidence.json'), 'utf8')));

const linesOf = (file: string) =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => TRANSITION_RECORD.parse(JSON.parse(line)));

async function instances(): Promise<string> {
  const { stdout } = await execa('unshare', [
    ...['-m', 'sh', '-c'],
    '[ -e /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing; ls /sys/kernel/tracing/instances',
  ]);
  return stdout;
}

test('a line of the trace is read; others are none', () => {
  const line =
    '            nc-7     [001] d..3.   5127.000042: inet_sock_set_state: family=AF_INET protocol=IPPROTO_TCP sport=5264 dport=60110 saddr=10.77.0.1 daddr=10.77.0.2 saddrv6=::ffff:10.77.0.1 daddrv6=::ffff:10.77.0.2 oldstate=TCP_SYN_RECV newstate=TCP_ESTABLISHED';
  expect(parseTransition(line, 1_000_000)).toEqual({
    atUs: 5_128_000_042,
    localAddress: '10.77.0.1',
    localPort: 5264,
    remoteAddress: '10.77.0.2',
    remotePort: 60110,
    from: 'SYN_RECV',
    to: 'ESTABLISHED',
  });
  expect(parseTransition('CPU:1 [LOST 12 EVENTS]', 0)).toBeUndefined();
});

describe.skipIf(skipped !== '')(`the tracepoint as a witness${skipped}`, () => {
  test('tells the states of both ends; where it contradicts the table nothing is judged', async () => {
    const directory = join(scratch(), 'run');
    const { code } = await chatLab(['run', '8', '--out', directory]);
    expect(code).toBe(0);
    expect(manifestOf(directory).stateTrace).toMatchObject({ lost: 0, why: null });
    const { file, code: lab } = await loadLab('08-teardown');
    const read = (files: EvidenceFiles) => readEvidence(files.seal().files, directory);
    const evidence = read(new EvidenceFiles(directory));
    const facts = evidence.manifest.phases.find(({ id }) => id === 'at-once')?.facts ?? {};
    const ofClient = evidence.transitions
      .map(({ record }) => record)
      .filter(({ host, localPort }) => host === 'client' && localPort === facts['clientPort']);
    // The active closer, RFC 9293, figure 5; TIME-WAIT is another kind of socket and shows as CLOSE.
    expect(ofClient.map(({ to }) => to).slice(0, 2)).toEqual(['ESTABLISHED', 'FIN_WAIT1']);
    expect(ofClient.at(-1)?.to).toBe('CLOSE');

    // Timelines have its times: each state begins where the one before ends, also those that no look of the sampler met.
    const name = { localPort: Number(facts['clientPort']), remotePort: ofClient[0]?.remotePort ?? 0 };
    // SYN_SENT is traced before the socket has its port, so only a look may show it.
    const stays = staysOf(evidence, 'client', name).filter(({ state }) => state !== 'SYN_SENT');
    expect(stays.map(({ state }) => state)).toEqual(['ESTABLISHED', 'FIN_WAIT1', 'FIN_WAIT2', 'TIME_WAIT']);
    for (const [index, stay] of stays.entries()) {
      expect(stay.traced).toBe(true);
      if (index > 0) expect(stay.fromUs).toBe(stays[index - 1]?.untilUs);
    }
    const untraced = new EvidenceFiles(directory);
    untraced.lines('transitions.jsonl', () => undefined);
    const sampled = staysOf(read(untraced), 'client', name);
    expect(sampled.every(({ traced }) => !traced)).toBe(true);
    expect(sampled.at(-1)?.state).toBe('TIME_WAIT');
    // The tracepoint said it before the table was read.
    expect(stays.at(-1)?.fromUs).toBeLessThanOrEqual(sampled.at(-1)?.fromUs ?? 0);

    const forged = new EvidenceFiles(directory);
    forged.lines('transitions.jsonl', (record) =>
      record['to'] === 'FIN_WAIT1' || record['from'] === 'FIN_WAIT1' ? undefined : record,
    );
    forged.lines('transitions.jsonl', (record) =>
      record['from'] === 'FIN_WAIT2' ? { ...record, from: 'ESTABLISHED', to: 'CLOSE_WAIT' } : record,
    );
    const verdicts = judge(read(forged), file.checks, lab.checks);
    expect(verdicts.find(({ id }) => id === 'states')).toMatchObject({
      verdict: 'ungradable',
      actual: { en: expect.stringMatching(/by the tracepoint/) as string },
    });
  }, 180_000);

  testUnless(
    whyNoTshark,
    'two runs at once with the same addresses: each keeps what concerns its own sockets',
    async () => {
      const out = scratch();
      const runs = ['one', 'other'].map((name) => join(out, name));
      const codes = await Promise.all(
        runs.map(async (directory) => (await chatLab(['run', '8', '--out', directory])).code),
      );
      expect(codes).toEqual([0, 0]);
      for (const directory of runs) {
        const { stateTrace } = manifestOf(directory);
        const told = linesOf(join(directory, 'transitions.jsonl'));
        expect(told.length).toBe(stateTrace?.transitions);
        const opened = told.filter(({ host, to }) => host === 'client' && to === 'ESTABLISHED');
        const { stdout } = await execa('tshark', [
          ...['-r', join(directory, 'client.pcap'), '-Y', 'tcp.flags.syn == 1 && tcp.flags.ack == 1'],
          ...['-T', 'fields', '-e', 'tcp.dstport'],
        ]);
        const ports = new Set(stdout.split('\n').map(Number));
        expect(new Set(opened.map(({ localPort }) => localPort))).toEqual(ports);
      }
    },
    300_000,
  );

  test('its instance goes when the command is killed', async () => {
    const directory = join(scratch(), 'run');
    const run = startChatLab(['run', '8', '--out', directory]);
    await until('the run is under way', () => existsSync(join(directory, 'evidence.json')), 60_000);
    const { stdout } = await execa('ps', ['-o', 'args=', '--ppid', String(run.pid)]);
    const name = /socket-lab-[0-9a-f-]{36}/.exec(stdout)?.[0] ?? 'no name';
    expect(await instances()).toContain(name);
    run.kill('SIGKILL');
    await run;
    await until('the instance is gone', async () => !(await instances()).includes(name), 30_000);
  }, 120_000);

  test.skipIf(!isRoot)(
    'without root the run says why there is none',
    async () => {
      const directory = join(scratch(), 'run');
      const { code } = await chatLab(['run', '8', '--out', directory], { launcher: asNobody });
      expect(code).toBe(0);
      expect(manifestOf(directory).stateTrace?.why).toMatch(/root/);
    },
    180_000,
  );
});
