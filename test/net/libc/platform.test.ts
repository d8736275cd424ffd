import { execa } from 'execa';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { needLinux } from '../../../src/net/libc/platform.ts';
import { tempFolder } from '../../helpers/temp.ts';
import { until } from '../../helpers/until.ts';
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

/** A module that has a program believe that it runs on another system; nothing else of it is changed. */
function elsewhere(): string {
  const file = join(tempFolder(), 'elsewhere.mjs');
  writeFileSync(file, "Object.defineProperty(process, 'platform', { value: 'freebsd' });\n");
  return file;
}

const programOf = (name: string): string =>
  fileURLToPath(new URL(`../../../src/bin/${name}.ts`, import.meta.url));

test('chatd takes the C functions where they are to be had, and node:net where they are not', async () => {
  const listens = async (...before: string[]): Promise<unknown> => {
    const args = ['run', '--port', '0', '--unlisted', '--log-format', 'json'];
    const chatd = execa(process.execPath, [...before, programOf('chatd'), ...args], { reject: false });
    onTestFinished(() => void chatd.kill('SIGKILL'));
    let log = '';
    chatd.stderr.on('data', (text: Buffer) => (log += text.toString()));
    const line = await until('chatd listens', () => /^.*"event":"listening".*$/m.exec(log)?.[0]);
    chatd.kill('SIGTERM');
    expect(await chatd).toMatchObject({ exitCode: 0 });
    return (JSON.parse(line) as { transport?: unknown }).transport;
  };
  expect(await listens()).toBe('libc');
  expect(await listens('--import', elsewhere())).toBe('net');
});

test('chat-repl --transport libc and sys on another system end with 3 and a hint', async () => {
  const run = (...args: string[]) =>
    execa(process.execPath, ['--import', elsewhere(), programOf('chat-repl'), ...args], {
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
