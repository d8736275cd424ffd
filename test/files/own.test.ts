import { execaSync } from 'execa';
import {
  chmodSync,
  chownSync,
  closeSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  hasOwnFile,
  openOwnFile,
  ownFolder,
  replaceOwnFile,
  writeOrdinaryFile,
} from '../../src/files/index.ts';
import { testUnless } from '../helpers/skip.ts';
import { NO_DISK, onSmallDisk } from '../helpers/small-disk.ts';
import { tempFolder } from '../helpers/temp.ts';

const NOBODY = 65_534;
const notRoot = process.getuid?.() === 0 ? undefined : 'not root: there is nobody else’s file to be had';
const modeOf = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);

function append(path: string, text: string): void {
  const fd = openOwnFile(path);
  writeSync(fd, text);
  closeSync(fd);
}

test('a folder and a file are made for their owner alone, and closed when they were open', () => {
  const folder = join(tempFolder(), 'a', 'b');
  expect(modeOf(ownFolder(folder))).toBe('700');
  append(join(folder, 'new'), '1');
  expect(modeOf(join(folder, 'new'))).toBe('600');
  chmodSync(folder, 0o777);
  chmodSync(join(folder, 'new'), 0o664);
  ownFolder(folder);
  append(join(folder, 'new'), '2');
  expect([modeOf(folder), modeOf(join(folder, 'new'))]).toEqual(['700', '600']);
  expect(readFileSync(join(folder, 'new'), 'utf8')).toBe('12');
});

test('a planted link is not followed: not of a file, not of a folder, not of one that is not there', () => {
  const folder = tempFolder();
  const precious = join(folder, 'precious');
  writeFileSync(precious, 'precious', { mode: 0o644 });
  for (const target of [precious, join(folder, 'not there')]) {
    const link = join(folder, `to ${target.length}`);
    symlinkSync(target, link);
    expect(() => openOwnFile(link)).toThrow(
      expect.objectContaining({
        code: 'unsafe-file',
        message: expect.stringContaining('symbolic link') as string,
      }),
    );
    const refused = expect.objectContaining({ code: 'unsafe-file' }) as Error;
    expect(() => writeOrdinaryFile(link, 'through it')).toThrow(refused);
    expect(() => hasOwnFile(link)).toThrow(refused);
    // What is moved into its place replaces the link, not what it leads to.
    replaceOwnFile(link, 'mine');
    expect(lstatSync(link).isSymbolicLink()).toBe(false);
  }
  expect([readFileSync(precious, 'utf8'), modeOf(precious)]).toEqual(['precious', '644']);
  mkdirSync(join(folder, 'elsewhere'));
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'state'));
  expect(() => ownFolder(join(folder, 'state'))).toThrow(expect.objectContaining({ code: 'unsafe-folder' }));
});

test('a pipe in its place does not hold us up', () => {
  const path = join(tempFolder(), 'pipe');
  execaSync('mkfifo', [path]);
  for (const touch of [openOwnFile, hasOwnFile, (it: string) => writeOrdinaryFile(it, 'into it')])
    expect(() => touch(path)).toThrow(expect.objectContaining({ code: 'unsafe-file' }));
});

test('a file that was named is written anew, and stays as open as it was', () => {
  const file = join(tempFolder(), 'file');
  writeOrdinaryFile(file, 'a long text', 0o600);
  expect(modeOf(file)).toBe('600');
  chmodSync(file, 0o640);
  writeOrdinaryFile(file, 'short');
  expect([readFileSync(file, 'utf8'), modeOf(file), hasOwnFile(file)]).toEqual(['short', '640', true]);
  chmodSync(file, 0o660);
  expect(() => hasOwnFile(file)).toThrow(expect.objectContaining({ code: 'unsafe-file' }));
  expect(hasOwnFile(`${file} is not there`)).toBe(false);
});

testUnless(notRoot, 'what is somebody else’s is neither written nor closed', () => {
  const folder = tempFolder();
  const file = join(folder, 'theirs');
  writeFileSync(file, 'theirs', { mode: 0o666 });
  chmodSync(file, 0o666);
  chownSync(file, NOBODY, NOBODY);
  expect(() => openOwnFile(file)).toThrow(expect.objectContaining({ code: 'unsafe-file' }));
  expect([readFileSync(file, 'utf8'), modeOf(file)]).toEqual(['theirs', '666']);
  chownSync(folder, NOBODY, NOBODY);
  expect(() => ownFolder(folder)).toThrow(expect.objectContaining({ code: 'unsafe-folder' }));
});

testUnless(NO_DISK, 'a full disk: the old content stays, and nothing half is left beside it', () => {
  const folder = tempFolder();
  const script = `
    import { readFileSync, readdirSync } from 'node:fs';
    import { replaceOwnFile } from ${JSON.stringify(new URL('../../src/files/index.ts', import.meta.url).href)};
    const file = process.argv[1] + '/file';
    let code;
    try { replaceOwnFile(file, 'x'.repeat(100_000)); } catch (error) { code = error.code; }
    console.log(JSON.stringify([code, readFileSync(file, 'utf8'), readdirSync(process.argv[1]).sort()]));`;
  const [program = '', ...args] = [
    ...onSmallDisk(folder, 64, 'printf old >"$0/file"'),
    ...[process.execPath, '--input-type=module', '-e', script, folder],
  ];
  const { stdout } = execaSync(program, args, { env: { NODE_NO_WARNINGS: '1' } });
  expect(JSON.parse(stdout)).toEqual(['no-file', 'old', ['file']]);
  expect(readdirSync(folder)).toEqual([]);
});
