/** The wire as a witness of a grading: tcpdump on one host for all of it, or the reason why there is none. */
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KitError } from '../../bytes/index.ts';
import { text, type Text } from '../../check/index.ts';
import type { Capture, Host } from '../../host/index.ts';

const TRIES_FILE = 'tries.jsonl';

export async function startWitness(
  host: Host,
  file: string,
): Promise<{ capture: Capture | undefined; problems: Text[] }> {
  try {
    return { capture: await host.capture({ file, filter: 'tcp' }), problems: [] };
  } catch (error) {
    if (error instanceof KitError && ['no-tcpdump', 'capture-not-permitted'].includes(error.code))
      return { capture: undefined, problems: [uncaptured(error)] };
    throw error;
  }
}

/**
 * Stops the capture and calls `testify` with the packets that it lost. A capture that fails is a problem of the grade,
 * and no fault of who is graded.
 */
export async function endWitness(
  capture: Capture | undefined,
  testify: (file: string, dropped: number) => void,
): Promise<Text[]> {
  if (capture === undefined) return [];
  try {
    const { dropped } = await capture.stop();
    testify(capture.file, dropped);
    return [];
  } catch (error) {
    if (!(error instanceof KitError)) throw error;
    return [uncaptured(error)];
  }
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
  if (existsSync(capture)) copyFileSync(capture, join(folder, name));
  const lines = checks.flatMap(({ tries }) => tries.map((one) => `${JSON.stringify(one)}\n`));
  writeFileSync(join(folder, TRIES_FILE), lines.join(''));
}
