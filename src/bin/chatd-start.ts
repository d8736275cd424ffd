import { closeSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { assertNever, english, KitError, safeText, text } from '../bytes/index.ts';
import { ownFolder } from '../files/index.ts';
import { instanceName, openLogFile, stateFolder } from './chatd-places.ts';
import { findServers } from './chatd-registry.ts';
import type { StartReport } from './chatd-run.ts';
import type { Settings } from './chatd-settings.ts';

/** How long a server may take until it listens. */
const START_MS = 15_000;
const LAST_LINES = 5;

export interface Started {
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  readonly log: string;
}

/**
 * Starts `chatd run` with the same arguments in the background, in a session of its own, and resolves when it listens.
 *
 * @throws KitError `already-running`, `not-started` (machine) or whatever kept the server from listening.
 */
export async function start(settings: Settings, script: string, args: readonly string[]): Promise<Started> {
  const running = findServers({ host: settings.host, port: settings.port }).find((found) => found.running);
  if (running !== undefined && settings.port !== 0) {
    throw new KitError(
      'already-running',
      text(
        `chatd already listens on ${running.host} port ${running.port} (process ${running.pid})`,
        `chatd 已在 ${running.host} 的端口 ${running.port} 上监听（进程 ${running.pid}）`,
      ),
      {
        fault: 'machine',
        hint: text(
          `Stop it with: chatd stop --port ${running.port}`,
          `用 chatd stop --port ${running.port} 结束它`,
        ),
      },
    );
  }
  const log = join(ownFolder(stateFolder()), `${instanceName(settings.host, settings.port)}.log`);
  const fd = openLogFile(log);
  const child = execa(process.execPath, [...process.execArgv, script, 'run', ...args], {
    detached: true,
    cleanup: false,
    stdio: streams(fd),
    ipc: true,
    // Parent and child may be different versions of Node.
    serialization: 'json',
    env: { CHATD_LOG_FILE: log },
    reject: false,
    buffer: false,
  });
  closeSync(fd);
  const timeout = AbortSignal.timeout(START_MS);
  const report = await Promise.race([
    child.getOneMessage().then(
      (message) => message as StartReport,
      () => undefined,
    ),
    child.then(() => undefined),
    new Promise<'late'>((resolve) => timeout.addEventListener('abort', () => resolve('late'))),
  ]);
  if (report === 'late') {
    child.kill('SIGKILL');
    throw notStarted(`it did not listen within ${START_MS / 1000} s`, log);
  }
  if (report === undefined) throw notStarted('it ended without a word', log);
  switch (report.event) {
    case 'failed':
      throw new KitError(report.code, english(report.message), {
        fault: report.exitCode === 2 ? 'usage' : report.exitCode === 3 ? 'machine' : 'kit',
        ...(report.hint === undefined ? {} : { hint: english(report.hint) }),
      });
    case 'listening':
      if (child.connected) child.disconnect();
      child.unref();
      return { pid: report.pid, host: report.host, port: report.port, log };
    default:
      return assertNever(report);
  }
}

/** Both outputs to one descriptor. execa takes any number; its types know those up to 9. */
function streams(fd: number): ['ignore', 9, 9] {
  return ['ignore', fd as 9, fd as 9];
}

function notStarted(why: string, log: string): KitError {
  const lines = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LAST_LINES);
  const last = lines.map((line) => `\n    ${safeText(line)}`).join('');
  return new KitError(
    'not-started',
    text(
      `the server did not start: ${why}. The end of ${log}:${last}`,
      `服务器没有启动：${why}。${log} 的末尾：${last}`,
    ),
    {
      fault: 'machine',
      hint: text(
        'Run it in the foreground to see more: chatd run --log-level debug.',
        '在前台运行可以看到更多：chatd run --log-level debug。',
      ),
    },
  );
}
