/** The wire as a witness of a grading: tcpdump on one host for all of it, or the reason why there is none. */
import { constants, copyFileSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { KitError } from '../../bytes/index.ts';
import { text, type Text } from '../../check/index.ts';
import type { Capture, Host } from '../../host/index.ts';
import { writeOrdinaryFile } from '../../files/index.ts';

const TRIES_FILE = 'tries.jsonl';

/** `onDeath` is called when tcpdump ends while it should listen: what comes then has a witness less. */
export async function startWitness(
  host: Host,
  file: string,
  onDeath: (error: KitError) => void,
): Promise<{ capture: Capture | undefined; problems: Text[] }> {
  try {
    return { capture: await host.capture({ file, filter: 'tcp', onDeath }), problems: [] };
  } catch (error) {
    if (error instanceof KitError && ['no-tcpdump', 'capture-not-permitted'].includes(error.code))
      return { capture: undefined, problems: [uncaptured(error)] };
    throw error;
  }
}

/**
 * Stops the capture and calls `testify` with the packets that it lost.
 *
 * @throws KitError when the capture is not whole: all is graded again.
 */
export async function endWitness(
  capture: Capture | undefined,
  testify: (file: string, dropped: number) => void,
): Promise<void> {
  if (capture === undefined) return;
  const { dropped } = await capture.stop();
  testify(capture.file, dropped);
}

const uncaptured = ({ message }: KitError): Text =>
  text(`no packets were captured: ${message}`, `没有抓到分组：${message}`);

/** Written when all is over: what a failure cites can be opened, and what passed as well. */
export function keepEvidence(
  folder: string,
  capture: string,
  name: string,
  checks: readonly { readonly tries: readonly object[] }[],
): void {
  mkdirSync(folder, { recursive: true });
  if (existsSync(capture)) {
    const copy = join(folder, name);
    // Of a link it is the link that goes.
    rmSync(copy, { force: true });
    copyFileSync(capture, copy, constants.COPYFILE_EXCL);
  }
  const lines = checks.flatMap(({ tries }) => tries.map((one) => `${JSON.stringify(one)}\n`));
  writeOrdinaryFile(join(folder, TRIES_FILE), lines.join(''));
}
