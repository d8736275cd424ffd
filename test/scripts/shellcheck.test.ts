import { execa, execaSync } from 'execa';
import { closeSync, openSync, readSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { testUnless } from '../helpers/skip.ts';

const root = resolve(import.meta.dirname, '../..');

const files = execaSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  reject: false,
});
const checker = execaSync('shellcheck', ['--version'], { reject: false });

function firstBytes(file: string): string {
  const buffer = Buffer.alloc(64);
  try {
    const descriptor = openSync(file, 'r');
    try {
      return buffer.toString('latin1', 0, readSync(descriptor, buffer));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return ''; // removed and not yet committed, or a folder
  }
}

const scripts = files.failed
  ? []
  : files.stdout
      .split('\0')
      .filter((name) => name !== '' && /^#!.*\b(ba|da)?sh\b/.test(firstBytes(join(root, name))));

test.skipIf(files.failed)('the scripts are found by their first line', () => {
  expect(scripts).toEqual(expect.arrayContaining(['.ci/run', 'labs/run', 'scripts/build', 'scripts/setup']));
});

testUnless(
  files.failed ? 'not a git checkout' : checker.failed ? 'no shellcheck here' : undefined,
  'shellcheck has nothing to say about any shell script',
  async () => {
    const { stdout } = await execa('shellcheck', ['--', ...scripts], { cwd: root, reject: false });
    expect(stdout).toBe('');
  },
);
