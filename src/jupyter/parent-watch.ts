/**
 * Whether the Jupyter that started this kernel is gone without a word (SIGKILL, a crash): then nobody will ever ask
 * again. A process whose parent has died gets another one, by which getppid(2) tells (ipykernel's ParentPoller looks at
 * the same). Where a program stands between Jupyter and us (a shell in the kernelspec), that one may live on; so
 * Jupyter's own number, which jupyter_client puts into JPY_PARENT_PID, is looked at as well.
 */
export interface Parentage {
  /** The parent's pid, as early as it could be read. */
  readonly parent: number;
  /** Jupyter's pid; undefined where it was not told. */
  readonly jupyter: number | undefined;
  /** False: Jupyter was not to be found at the start. It died while we started, or it has its own pid namespace. */
  readonly found: boolean;
}

export function parentageOf(env: NodeJS.ProcessEnv = process.env): Parentage {
  const parent = process.ppid;
  const told = Number(env['JPY_PARENT_PID']);
  const jupyter = Number.isInteger(told) && told > 0 ? told : undefined;
  return { parent, jupyter, found: jupyter === undefined || jupyter === parent || lives(jupyter) };
}

/** Jupyter asks a new kernel for its card at once, and waits for it 60 s. */
export const UNASKED_SECONDS = 60;

export interface Asked {
  /** Somebody has asked this kernel something. */
  readonly spokenTo: boolean;
  /** How long it has been running. */
  readonly upSeconds: number;
  /** How long one that nobody found may go unasked. */
  readonly unaskedSeconds?: number;
}

/** A kernel whose Jupyter nobody found, and whom nobody asks anything, is left over. */
export function isOrphan(
  of: Parentage,
  { spokenTo, upSeconds, unaskedSeconds = UNASKED_SECONDS }: Asked,
): boolean {
  if (process.ppid !== of.parent) return true;
  if (!of.found) return !spokenTo && upSeconds > unaskedSeconds;
  return of.jupyter !== undefined && !lives(of.jupyter);
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and another user's.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
