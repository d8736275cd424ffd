import { execa } from 'execa';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { needLinux } from '../../../src/net/libc/platform.ts';
import { tempFolder } from '../../helpers/temp.ts';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

test.each([
  ['darwin', 'arm64'],
  ['win32', 'x64'],
  ['linux', 'mips'],
])('on %s %s there is no C socket API, and the error says so', (platform, arch) => {
  expect(() => needLinux(platform, arch)).toThrow(
    expect.objectContaining({ code: 'no-c-sockets', fault: 'machine' }),
  );
});

test.each([
  ['linux', 'x64'],
  ['linux', 'arm64'],
])('on %s %s there is', (platform, arch) => {
  expect(() => needLinux(platform, arch)).not.toThrow();
});

test('chat-repl --transport libc and sys on another system end with 3 and a hint', async () => {
  const folder = tempFolder();
  // What the program asks; nothing else of it is changed.
  const elsewhere = join(folder, 'elsewhere.mjs');
  writeFileSync(elsewhere, "Object.defineProperty(process, 'platform', { value: 'freebsd' });\n");
  const program = fileURLToPath(new URL('../../../src/bin/chat-repl.ts', import.meta.url));
  const run = (...args: string[]) =>
    execa(process.execPath, ['--import', elsewhere, program, ...args], {
      reject: false,
      input: '',
      timeout: 30_000,
    });
  const sys = await run('-e', 'await sys.socket(AF_INET, SOCK_STREAM, 0)');
  expect(sys).toMatchObject({ exitCode: 3 });
  expect(sys.stderr).toContain('Linux');
  const transport = await run('--transport', 'libc', '127.0.0.1:1', '-e', 'time()');
  expect(transport).toMatchObject({ exitCode: 3 });
  expect(transport.stderr).toContain('--transport libc');
});
