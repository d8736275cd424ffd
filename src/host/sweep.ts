/**
 * Cleaning up behind a stage that has no pid namespace.
 *
 * The sweeper is a shell in a session of its own that holds the reading end of a pipe. When the other end closes,
 * because we closed it or because we were killed, it kills the stage's process group and then every process that
 * carries the stage's id in its environment, until there is none: daemons that left the group, grandchildren whose
 * parent died before them. It must not carry the id itself.
 */
import { english, KitError } from '../bytes/index.ts';
import { HostProcess } from './process.ts';
import { STAGE_ID, STAGE_KIND, STAGE_ROOTLESS } from './stage-facts.ts';

const SCRIPT = `
read -r group
read -r end
[ -z "$group" ] || kill -KILL -"$group" 2>/dev/null
round=0
while [ $round -lt 200 ]; do
  # Not by its exit code, which says 2 when one of the files was another user's or gone.
  found=$(grep -lsF "$1" /proc/[0-9]*/environ)
  [ -n "$found" ] || break
  for file in $found; do pid=\${file#/proc/}; kill -KILL "\${pid%/environ}" 2>/dev/null; done
  round=$((round+1))
done
[ -z "$found" ]
`;

export class Sweeper {
  readonly #stageId: string;
  #shell: HostProcess;
  #group = '';

  constructor(stageId: string) {
    this.#stageId = stageId;
    this.#shell = this.#start();
  }

  /** Tells the sweeper which process group to end. */
  watch(group: number): void {
    this.#group = String(group);
    this.#shell.stdin?.write(`${this.#group}\n`);
  }

  /** Sweeps, and resolves when nothing is left. A sweeper that was killed itself is replaced. */
  async sweep(): Promise<void> {
    for (let attempts = 0; attempts < 5; attempts++) {
      this.#shell.stdin?.end();
      // By its own end only: we may not have heard yet that it was killed long ago.
      if ((await this.#shell.ended).code === 0) return;
      this.#shell = this.#start();
      this.#shell.stdin?.write(`${this.#group}\n`);
    }
    throw new KitError('not-swept', english(`processes with ${STAGE_ID}=${this.#stageId} may be left`), {
      fault: 'machine',
      hint: english(`grep -l ${this.#stageId} /proc/[0-9]*/environ`),
    });
  }

  #start(): HostProcess {
    const command = ['sh', '-c', SCRIPT, 'sweeper', `${STAGE_ID}=${this.#stageId}`];
    return new HostProcess(command, 'sh', command.slice(1), {
      stdin: 'pipe',
      stdout: 'ignore',
      stderr: 'ignore',
      detached: true,
      cwd: '/',
      env: { [STAGE_ID]: undefined, [STAGE_KIND]: undefined, [STAGE_ROOTLESS]: undefined },
    });
  }
}
