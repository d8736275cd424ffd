/** What a process on a host can do, and how it ends. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { KitError } from '../../../src/bytes/index.ts';
import { createWorld } from '../../../src/host/index.ts';
import { until } from '../../helpers/until.ts';

const ECHO_IPC = fileURLToPath(new URL('../programs/echo-ipc.ts', import.meta.url));

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'no error';
  } catch (error) {
    return error instanceof KitError ? `${error.fault} ${error.code}` : String(error);
  }
}

export default async function processes() {
  const world = await createWorld({ hosts: ['one', 'two', 'three'] });
  const one = world.host('one');
  const two = world.host('two');

  const ipc = one.spawn(process.execPath, [ECHO_IPC], { ipc: true });
  const answered = new Promise((resolve) => ipc.onMessage(resolve));
  ipc.send({ question: 'where?' });
  const answer = await answered;
  const ipcPid = ipc.pid;
  ipc.kill('SIGUSR2');
  const signalled = await ipc.ended;

  const loud = await one.exec(
    'sh',
    ['-c', 'i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i+1)); done'],
    {
      captureBytes: 1000,
    },
  );
  const stubborn = two.spawn('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done']);
  await stubborn.untilOutput(/ready/);
  const forced = await stubborn.stop(50);

  const controller = new AbortController();
  const aborted = two.spawn('sleep', ['1000'], { signal: controller.signal });
  controller.abort();
  const abortedEnd = await aborted.ended;

  const stopped = two.spawn('sleep', ['1000']);
  stopped.kill('SIGSTOP');
  await until('it is stopped', () => readFileSync(`/proc/${stopped.pid}/stat`, 'utf8').includes(') T '));
  const stoppedEnd = await stopped.stop();

  const cat = two.spawn('cat', [], { stdin: 'pipe' });
  cat.stdin?.end('through cat\n');
  await cat.ended;

  // The network of the third host is not that of the others.
  const links = await Promise.all(world.hosts.map((host) => host.exec('readlink', ['/proc/self/ns/net'])));

  const daemon = two.spawn('sh', ['-c', 'sleep 1000 & echo started']);
  const daemonEnd = await daemon.ended;

  const errors = {
    missing: await codeOf(() => one.spawn('no-such-program-here')),
    tooEarly: await codeOf(() => one.spawn('sh', ['-c', 'echo oops >&2; exit 3']).untilOutput(/ready/)),
    tooLate: await codeOf(() => one.exec('sleep', ['1000'], { boundMs: 50 })),
    neverSaid: await codeOf(() => one.spawn('sleep', ['1000']).untilOutput(/ready/, { boundMs: 50 })),
    unknownHost: await codeOf(() => world.host('four')),
    sysctlName: await codeOf(() => one.setSysctls({ 'kernel.hostname': 'x' })),
    sysctlPath: await codeOf(() => one.setSysctls({ 'net/../kernel/x': 1 })),
    sysctlUnknown: await codeOf(() => one.setSysctls({ 'net.ipv4.no_such_setting': 1 })),
    sysctlValue: await codeOf(() => one.setSysctls({ 'net.ipv4.tcp_fin_timeout': 'soon' })),
  };
  const settings = {
    'net.ipv4.tcp_keepalive_time': 3,
    'net.ipv4.tcp_keepalive_intvl': 1,
    'net.ipv4.tcp_keepalive_probes': 2,
    'net.ipv4.tcp_retries1': 2,
    'net.ipv4.tcp_retries2': 3,
    'net.ipv4.tcp_fin_timeout': 5,
    'net.ipv4.tcp_syn_retries': 1,
    'net.ipv4.tcp_rmem': '4096 8192 16384',
    'net.ipv4.tcp_timestamps': 0,
  };
  const before = await two.getSysctls(['net.ipv4.tcp_retries2']);
  const steady = await two.getSysctls(Object.keys(world.sysctls));
  await one.setSysctls(settings);
  const after = await one.getSysctls(Object.keys(settings));
  const other = await two.getSysctls(['net.ipv4.tcp_retries2']);

  const left = world.host('three').spawn('sh', ['-c', 'trap "" TERM; echo ready; sleep 1000']);
  await left.untilOutput(/ready/);
  const pids = [left.pid, one.namespacePid];
  await Promise.all([world.close(50), world.close(50)]);
  const gone = pids.map((pid) => isGone(pid));
  const afterClose = await codeOf(() => one.spawn('true'));
  return {
    answer,
    ipcPid,
    signalled,
    loud: { code: loud.code, bytes: loud.stdout.length },
    forced,
    abortedEnd,
    stoppedEnd,
    cat: cat.output.text,
    networks: new Set(links.map(({ stdout }) => stdout)).size,
    daemonEnd,
    errors,
    settings,
    after,
    before,
    steady: [world.sysctls, steady],
    other,
    leftEnd: left.end,
    gone,
    afterClose,
  };
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
