import { english, KitError } from '../bytes/index.ts';
import type { AppRecord } from '../check/index.ts';
import { nowUs } from '../clock/index.ts';
import { describeEnd, type Host, type HostProcess, type SpawnOptions } from '../host/index.ts';

/** Starts a run's processes, testifies when each began and ended, and ends the run when one ends that it still needs. */
export class Launcher {
  readonly #testify: (record: AppRecord) => void;
  readonly #strike: (error: KitError) => void;
  /** Processes whose end is part of the scenario. */
  readonly #mayEnd = new Set<HostProcess>();
  #over = false;

  constructor(testify: (record: AppRecord) => void, strike: (error: KitError) => void) {
    this.#testify = testify;
    this.#strike = strike;
  }

  /** One of the kit's own programs; the testimony names it as `name`, without Node and without empty arguments. */
  node(host: Host, name: string, args: readonly string[], options: SpawnOptions): HostProcess {
    const shown = [name, ...args.slice(1).filter((arg) => arg !== '')];
    return this.program(host, name, [process.execPath, ...args], options, shown);
  }

  program(
    host: Host,
    name: string,
    [file = '', ...args]: readonly string[],
    options: SpawnOptions,
    shown: readonly string[] = [file, ...args],
  ): HostProcess {
    const child = host.spawn(file, args, options);
    const base = { host: host.name, process: name, pid: child.pid };
    this.#testify({ ...base, kind: 'started', atUs: nowUs(), command: [...shown] });
    void child.ended.then((end) => {
      const { code, signal } = end;
      this.#testify({
        ...base,
        ...{ kind: 'ended', atUs: nowUs(), code: code ?? null, signal: signal ?? null },
      });
      if (this.#over || this.#mayEnd.has(child)) return;
      const message = `${name} on ${host.name} ended (${describeEnd(end)}) while the lab still needed it`;
      const hint = 'Its last words are in calls.jsonl.';
      this.#strike(new KitError('process-gone', english(message), { fault: 'machine', hint: english(hint) }));
    });
    return child;
  }

  /** From now on the end of this process is no accident: it is about to be killed, or told to leave. */
  mayEnd(process: HostProcess): void {
    this.#mayEnd.add(process);
  }

  /** The scenario cannot do without it (again). */
  mustStay(process: HostProcess): void {
    this.#mayEnd.delete(process);
  }

  /** The scenario is over; what ends now ends because the run does. */
  over(): void {
    this.#over = true;
  }
}
