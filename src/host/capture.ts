/**
 * tcpdump as a witness: it hears everything from `startCapture` to `stop`, or we know that it did not.
 *
 * Between a packet's passing and its record in the file lie the kernel's ring buffer (handed over when a block is full
 * or a second old) and tcpdump's own writing, and tcpdump throws the ring away when it is told to end. So `stop` first
 * asks for the counts (SIGUSR1): what the kernel had received by then must be written before tcpdump may go. Then the
 * records in the file are counted, since libpcap does not notice that a disk is full.
 *
 * `--immediate-mode` would do away with the second's wait. It also wakes tcpdump for each packet, which on a machine
 * with two cores made a run of 20,000 exchanges take 0.7 s and not 0.5: the witness would disturb what it watches.
 */
import { statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { KitError, safeText, text, type Text } from '../bytes/index.ts';
import { countPackets } from './capture-file.ts';
import { type CaptureStats, parseStats } from './capture-stats.ts';
import { describeEnd, type HostProcess, type SpawnOptions } from './process.ts';

export type CaptureOptions = {
  /** Ends in `.pcap`: AppArmor's profile for tcpdump allows no other name. */
  file: string;
  /** The host's own interface by default. */
  interface?: string;
  /** In tcpdump's language (pcap-filter(7)): `tcp port 2312`. */
  filter?: string;
  /** Bytes kept of each packet. 262,144 by default: all. */
  snapLength?: number;
  /** Packets reach the file at once, and not within a second; see above for the price. */
  immediate?: boolean;
  /** Called once when tcpdump dies without having been stopped. */
  onDeath?: (error: KitError) => void;
  signal?: AbortSignal;
};

/** In KiB. With the default of 2 MiB tcpdump lost 500 to 1,050 packets of 64 MB; with this none. */
const BUFFER_KIB = 65_536;
const START_BOUND_MS = 30_000;
/** How long the count may stand still before we give up on the rest. */
const STALL_MS = 5_000;
/** How long tcpdump may take to answer a signal: it is in its ring every second, on a busy machine later. */
const ANSWER_MS = 15_000;
const POLL_MS = 10;

export type Spawn = (args: readonly string[], options: SpawnOptions) => HostProcess;

/**
 * Resolves when tcpdump listens: a packet sent after that is heard. Throws `no-tcpdump`, `capture-not-permitted`,
 * `capture-filter` (usage), `no-interface`, `capture-file`, `capture-failed`.
 */
export async function startCapture(spawn: Spawn, options: CaptureOptions): Promise<Capture> {
  const file = resolve(options.file);
  const args = [
    ...(options.interface === undefined ? [] : ['-i', options.interface]),
    ...['-n', '-U', '-B', String(BUFFER_KIB), '-s', String(options.snapLength ?? 262_144)],
    '--time-stamp-precision=nano',
    ...(options.immediate === true ? ['--immediate-mode'] : []),
    // As root it would become the user tcpdump, who may not write here.
    ...(process.geteuid?.() === 0 ? ['-Z', 'root'] : []),
    ...['-w', file],
    ...(options.filter === undefined ? [] : ['--', options.filter]),
  ];
  const { signal } = options;
  const tcpdump = spawn(args, {
    stdout: 'ignore',
    captureBytes: 16 * 1024 * 1024,
    env: { LC_ALL: 'C' },
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    await tcpdump.untilOutput(/listening on /, { stream: 'stderr', boundMs: START_BOUND_MS });
  } catch (error) {
    if (!(error instanceof KitError)) throw error;
    await tcpdump.stop();
    throw explainStart(tcpdump.errors.text, file, error);
  }
  return new Capture(tcpdump, file, options.onDeath);
}

export class Capture {
  readonly file: string;
  /** Set when tcpdump died without having been stopped; `stop` throws it. */
  failure: KitError | undefined;
  readonly #tcpdump: HostProcess;
  #stopping: Promise<CaptureStats> | undefined;

  constructor(tcpdump: HostProcess, file: string, onDeath: CaptureOptions['onDeath']) {
    this.#tcpdump = tcpdump;
    this.file = file;
    void tcpdump.ended.then((end) => {
      if (this.#stopping !== undefined) return;
      const said = lastWords(tcpdump.errors.text);
      this.failure = new KitError(
        'capture-died',
        text(
          `tcpdump ended by itself (${describeEnd(end)})${said}: packets after that are in no file`,
          `tcpdump 自行结束（${describeEnd(end)}）${said}：此后的分组不在任何文件中`,
        ),
        { fault: 'machine', hint: text('run the lab again', '请重新运行实验') },
      );
      onDeath?.(this.failure);
    });
  }

  /** tcpdump's process id. */
  get pid(): number {
    return this.#tcpdump.pid;
  }

  /**
   * Resolves when every packet that passed before the call is in the file, and tcpdump has ended. `dropped` above 0
   * means that the kernel lost some: the caller decides what that is worth. Throws `capture-died`, `disk-full`,
   * `capture-incomplete`. A second call gives the first one's answer.
   */
  stop(): Promise<CaptureStats> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<CaptureStats> {
    await this.#drain();
    this.#tcpdump.kill('SIGINT');
    const force = setTimeout(() => this.#tcpdump.kill('SIGKILL'), STALL_MS);
    const end = await this.#tcpdump.ended;
    clearTimeout(force);
    const last = parseStats(this.#tcpdump.errors.text);
    const said = lastWords(this.#tcpdump.errors.text);
    if (last === undefined || end.code !== 0) {
      throw new KitError(
        'capture-died',
        text(
          `tcpdump did not close its capture (${describeEnd(end)})${said}`,
          `tcpdump 没有正常关闭抓包文件（${describeEnd(end)}）${said}`,
        ),
        {
          fault: 'machine',
          hint: text('run the lab again', '请重新运行实验'),
        },
      );
    }
    await this.#checkFile(last.stats);
    return last.stats;
  }

  /** Waits until what the kernel had received at the call is written. */
  async #drain(): Promise<void> {
    const first = await this.#ask();
    if (first === undefined) return;
    const wanted = first.received - first.dropped;
    let written = first.captured;
    let movedAt = performance.now();
    while (written < wanted && performance.now() - movedAt < STALL_MS) {
      await new Promise((done) => setTimeout(done, POLL_MS));
      const next = await this.#ask();
      if (next === undefined) return;
      if (next.captured > written) movedAt = performance.now();
      written = next.captured;
    }
  }

  /** tcpdump's counts now; undefined when it has ended, or does not answer. */
  async #ask(): Promise<CaptureStats | undefined> {
    const { errors } = this.#tcpdump;
    const before = parseStats(errors.text)?.count ?? 0;
    return new Promise((done) => {
      const finish = (stats: CaptureStats | undefined): void => {
        clearTimeout(silent);
        clearInterval(again);
        off();
        done(stats);
      };
      const off = errors.onChange(() => {
        const now = parseStats(errors.text);
        if (now !== undefined && now.count > before) finish(now.stats);
      });
      // A signal that came while tcpdump was writing is answered after the next packet, which may never come.
      const again = setInterval(() => this.#tcpdump.kill('SIGUSR1'), 100);
      // Stopped, or stuck: `stop` then ends it by force and says that the capture is not whole.
      const silent = setTimeout(() => finish(undefined), ANSWER_MS);
      void this.#tcpdump.ended.then(() => finish(undefined));
      if (!this.#tcpdump.kill('SIGUSR1')) finish(undefined);
    });
  }

  async #checkFile(stats: CaptureStats): Promise<void> {
    const { packets, cutBytes } = await countPackets(this.file);
    if (packets === stats.captured && cutBytes === 0) return;
    const disk = await statfs(dirname(this.file));
    const full = disk.bavail * disk.bsize < 65_536;
    throw new KitError(
      full ? 'disk-full' : 'capture-incomplete',
      text(
        `${this.file} holds ${packets} of the ${stats.captured} packets that tcpdump wrote` +
          (full ? ': the disk is full' : ''),
        `${this.file} 只有 tcpdump 写出的 ${stats.captured} 个分组中的 ${packets} 个` +
          (full ? '：磁盘已满' : ''),
      ),
      {
        fault: 'machine',
        hint: text(
          full ? 'make room and run the lab again' : 'run the lab again',
          full ? '请腾出空间后重新运行实验' : '请重新运行实验',
        ),
      },
    );
  }
}

/** What tcpdump printed that is neither its greeting nor its counts. */
function lastWords(printed: string): string {
  const lines = printed
    .split('\n')
    .filter((line) => line !== '' && !/listening on|^\d+ packets?|packets? captured/.test(line));
  const last = lines.at(-1);
  return last === undefined ? '' : `: ${safeText(last)}`;
}

/** tcpdump has one exit code for all its troubles, so its text is all there is to go by. */
function explainStart(printed: string, file: string, cause: KitError): KitError {
  const said = safeText(printed.trim().split('\n').at(-1) ?? '') || cause.message;
  const error = (code: string, fault: 'machine' | 'usage', hint: Text): KitError =>
    new KitError(code, text(`tcpdump cannot capture: ${said}`, `tcpdump 无法抓包：${said}`), {
      fault,
      hint,
      cause,
    });
  if (
    /permission to (perform this )?capture|Operation not permitted|socket: .*not permitted/i.test(printed)
  ) {
    return error(
      'capture-not-permitted',
      'machine',
      text(
        'run it as root, or on a machine that allows user namespaces (chat-lab doctor)',
        '请以 root 运行，或换一台允许用户命名空间的机器（chat-lab doctor）',
      ),
    );
  }
  if (/syntax error|unknown (host|port|network)|expression|parse/i.test(printed)) {
    return error(
      'capture-filter',
      'usage',
      text('write the filter as pcap-filter(7) says', '过滤表达式的写法见 pcap-filter(7)'),
    );
  }
  if (/No such device|doesn't exist/i.test(printed))
    return error('no-interface', 'usage', text('look at `ip link`', '请看 `ip link`'));
  if (printed.includes(`${file}:`)) {
    return error(
      'capture-file',
      'machine',
      text(
        `look whether ${dirname(file)} is there, writable and not full`,
        `请检查 ${dirname(file)} 是否存在、可写、未满`,
      ),
    );
  }
  return error(
    'capture-failed',
    'machine',
    text('try the same tcpdump by hand', '请手工运行同样的 tcpdump 命令'),
  );
}
