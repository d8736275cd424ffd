import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  cHeader,
  dissector,
  findingsOf,
  findingsText,
  loadProtocol,
  protocolPage,
  shippedProtocols,
} from '../../src/wire/index.ts';
import { tempFolder } from '../helpers/temp.ts';
import { testUnless } from '../helpers/skip.ts';

const golden = fileURLToPath(new URL('../golden/wire/', import.meta.url));
const noCompiler = spawnSync('cc', ['--version']).error ? 'no cc' : undefined;

/** Everything that is made from a description; recorded again only with UPDATE_GOLDEN=1, and then to be read. */
describe.each(shippedProtocols())('%s', (name) => {
  const { description } = loadProtocol(name);
  const findings = findingsOf(description);
  test.each([
    ['en.md', protocolPage(description, 'en')],
    ['zh.md', protocolPage(description, 'zh')],
    ['h', cHeader(description)],
    ['lua', dissector(description)],
    ['findings.en.txt', findingsText(name, findings, 'en')],
    ['findings.zh.txt', findingsText(name, findings, 'zh')],
  ])('%s', (ending, text) => {
    const path = join(golden, `${name}.${ending}`);
    if (process.env['UPDATE_GOLDEN'] === '1') {
      mkdirSync(golden, { recursive: true });
      writeFileSync(path, text);
    }
    expect(existsSync(path), `${path} is missing; record it with UPDATE_GOLDEN=1`).toBe(true);
    expect(text).toBe(readFileSync(path, 'utf8'));
  });

  testUnless(noCompiler, 'the header compiles without a warning', () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'p.h'), cHeader(description));
    writeFileSync(join(folder, 'p.c'), '#include "p.h"\nint main(void) { return 0; }\n');
    const options = ['-Wall', '-Wextra', '-Wpedantic', '-Werror', '-std=c11', '-fsyntax-only', 'p.c'];
    const { status, stderr } = spawnSync('cc', options, { cwd: folder });
    expect(`${stderr.toString()}${status}`).toBe('0');
  });
});

/** What LAB's text of the published protocol lets one predict. */
test('every weakness of struct264 is found', () => {
  const codes = new Set(findingsOf(loadProtocol('struct264').description).map(({ code }) => code));
  expect([...codes].sort()).toEqual(
    [
      'no-request-number', // no request number
      'no-length', // no length
      'no-magic',
      'host-order', // a long, little-endian, 8 bytes
      'opening-without-end', // a greeting with no type, its length not given
      'time-in-seconds', // seconds since 1970
      'size-cuts', // 256 bytes of text, NUL-padded
      'swapped-port', // never turned into host order
      'addressed-by-place', // addresses the receiver by ip and port
      'sender-unknown',
      'told-by-text', // type 5, and so has the error answer
      'error-without-status',
      'success-unanswered', // success gets the sender no answer at all
      'no-heartbeat',
      'server-ends-silently',
      'list-without-pages',
    ].sort(),
  );
});

test('clp has no weakness that is known here', () => {
  expect(findingsOf(loadProtocol('clp').description)).toEqual([]);
});
