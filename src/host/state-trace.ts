/**
 * The kernel's tracepoint `sock:inet_sock_set_state`: every change of a TCP socket's state, when it happens. Root only,
 * and for the whole machine: an event has addresses and ports, but no network namespace, so whoever reads must know
 * what is his.
 *
 * A shell in a mount namespace of its own makes a tracing instance and copies it out; it waits at its standard input
 * and removes the instance when that closes, so that also a parent that was killed leaves nothing.
 */
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { english, KitError } from '../bytes/index.ts';
import { monotonicOffsetUs } from '../clock/index.ts';
import { type HostProcess, launch } from './process.ts';
import { findProgram } from './programs.ts';
import { parseTransition, type Transition } from './transition.ts';

const SCRIPT = `
trap '' INT TERM HUP PIPE
[ -e /sys/kernel/tracing/events ] || mount -t tracefs tracefs /sys/kernel/tracing || exit 3
cd /sys/kernel/tracing/instances && mkdir "$1" && cd "$1" || exit 4
event=events/sock/inet_sock_set_state
reader=
if echo mono > trace_clock && echo "$2" > $event/filter && echo 1 > $event/enable; then
  cat trace_pipe & reader=$!
  echo ready >&2
  while read -r word; do echo "$word" > trace_marker; done
  # Nobody reads any more: a word of the shell's would be its end, before it has cleaned up.
  exec 2> /dev/null
fi
echo 0 > $event/enable
[ -z "$reader" ] || { kill -9 $reader; wait $reader; }
cd ..
rmdir "$1"
`;

/** What the offset of two clocks differs by when the machine's clock was set, and not by an error of measuring. */
const CLOCK_WAS_SET_US = 5_000;

/** A shell that does not end is killed, though its instance then stays. */
const STOP_BOUND_MS = 10_000;

/** The name of each instance begins so, for whoever looks for what was left. */
export const INSTANCE_PREFIX = 'socket-lab-';

export interface StateTrace {
  /** Resolves when every change before the call was handed out. */
  settle(): Promise<void>;
  /** Ends it and removes its instance. */
  stop(): Promise<void>;
  /** Events that the kernel's buffer had no room for. */
  readonly lost: number;
}

/** Why the tracepoint cannot be had here, before trying; undefined when it may. */
export function whyNoStateTrace(): string | undefined {
  if (process.platform !== 'linux') return 'it needs Linux';
  if (process.geteuid?.() !== 0) return 'the tracepoint sock:inet_sock_set_state is kept to root';
  return findProgram('unshare') === undefined ? 'unshare is not installed' : undefined;
}

/**
 * Hands out state changes of sockets with a local or remote port from `lowPort` to `highPort`, whosever they are.
 * @throws KitError `no-state-trace` (machine) where the kernel or its lockdown does not allow it.
 */
export async function startStateTrace(
  ports: { readonly lowPort: number; readonly highPort: number },
  onTransition: (transition: Transition) => void,
): Promise<StateTrace> {
  const why = whyNoStateTrace();
  if (why !== undefined) throw new KitError('no-state-trace', english(why), { fault: 'machine' });
  const { lowPort, highPort } = ports;
  const within = (name: string): string => `(${name} >= ${lowPort} && ${name} <= ${highPort})`;
  const filter = `${within('sport')} || ${within('dport')}`;
  const name = `${INSTANCE_PREFIX}${randomUUID()}`;
  const shell = launch([], ['unshare', '-m', 'sh', '-c', SCRIPT, 'sh', name, filter], {
    stdin: 'pipe',
    stdout: 'stream',
    detached: true,
  });
  const marks = new Map<string, () => void>();
  const state = { lost: 0, offsetUs: monotonicOffsetUs() };
  if (shell.stdout !== null) {
    createInterface({ input: shell.stdout }).on('line', (line) => {
      const lost = /\[LOST (\d+) EVENTS\]/.exec(line)?.[1];
      if (lost !== undefined) state.lost += Number(lost);
      for (const [mark, reached] of marks) if (line.includes(mark)) reached();
      // The trace counts from the start of the machine. One offset for all lines: measured for each, it would differ by
      // its error, and two changes a few µs apart would change places. Only when the clock was set is it another.
      const offsetUs = monotonicOffsetUs();
      if (Math.abs(offsetUs - state.offsetUs) > CLOCK_WAS_SET_US) state.offsetUs = offsetUs;
      const transition = parseTransition(line, state.offsetUs);
      if (transition !== undefined) onTransition(transition);
    });
  }
  try {
    await shell.untilOutput(/^ready$/m, { stream: 'stderr', boundMs: 10_000 });
  } catch (error) {
    shell.stdin?.end();
    const said = shell.errors.text.trim().split('\n').at(-1) ?? '';
    throw new KitError('no-state-trace', english(`sock:inet_sock_set_state cannot be traced: ${said}`), {
      fault: 'machine',
      cause: error,
    });
  }
  return {
    settle: () => settled(shell, marks),
    stop: async () => {
      shell.stdin?.end();
      const late = setTimeout(() => shell.kill('SIGKILL'), STOP_BOUND_MS);
      await shell.ended;
      clearTimeout(late);
    },
    get lost() {
      return state.lost;
    },
  };
}

/** Writes a mark behind all that was traced so far, and waits until it comes out. */
async function settled(shell: HostProcess, marks: Map<string, () => void>): Promise<void> {
  const mark = `mark-${randomUUID()}`;
  await Promise.race([
    new Promise<void>((resolve) => {
      marks.set(mark, resolve);
      shell.stdin?.write(`${mark}\n`);
    }),
    shell.ended,
  ]);
  marks.delete(mark);
}
