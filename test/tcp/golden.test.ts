/**
 * One capture, one text. A golden file is recorded anew with `vitest -u`, and then read against the bytes by a person before
 * it is committed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { analyse, analyseText, FASTCGI, HTTP, traceText } from '../../src/tcp/index.ts';

const captures = fileURLToPath(new URL('../fixtures/captures/', import.meta.url));
const golden = fileURLToPath(new URL('../golden/tcp/', import.meta.url));

test.each(readdirSync(captures).filter((name) => /\.(pcap|txt)$/.test(name)))('%s', async (name) => {
  const bytes = readFileSync(join(captures, name));
  const protocols = [HTTP, FASTCGI];
  const analysis = name.endsWith('.pcap')
    ? analyse(bytes, { protocols })
    : analyseText(bytes.toString(), { protocols });
  await expect(`${traceText(analysis)}\n`).toMatchFileSnapshot(join(golden, `${basename(name)}.trace.txt`));
});
