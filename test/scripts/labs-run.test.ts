import { execa, execaSync } from 'execa';
import { cpSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { userPath } from '../helpers/npm.ts';
import { tempFolder } from '../helpers/temp.ts';

const root = resolve(import.meta.dirname, '../..');

/** A second checkout that is set up, at a path with spaces: sources copied, packages linked one by one. */
function checkout(): string {
  const folder = join(tempFolder(), 'the kit');
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  for (const name of ['package.json', 'package-lock.json', 'scripts', 'bin', 'labs', 'protocols', 'src']) {
    cpSync(join(root, name), join(folder, name), { recursive: true });
  }
  for (const name of readdirSync(join(root, 'node_modules')).filter(
    (entry) => !entry.startsWith('.setup-'),
  )) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
  const system = execaSync('uname', ['-sm']).stdout.replace(' ', '-');
  cpSync(join(folder, 'package-lock.json'), join(folder, 'node_modules', `.setup-${system}`), {
    force: true,
  });
  return folder;
}

test('labs/run works from any folder, through a link, and passes its arguments on', async () => {
  const folder = checkout();
  const elsewhere = tempFolder();
  symlinkSync(join(folder, 'labs/run'), join(elsewhere, 'run a lab'));
  const options = { cwd: elsewhere, env: { PATH: userPath }, reject: false } as const;

  const help = await execa(join(elsewhere, 'run a lab'), ['--help'], options);
  expect(help).toMatchObject({ exitCode: 0, stderr: '' });
  expect(help.stdout).toContain('Usage: chat-lab run');

  const unknown = await execa(join(folder, 'labs/run'), ['03 time * 100x'], options);
  expect(unknown).toMatchObject({ exitCode: 2, stdout: '' });
  expect(unknown.stderr).toContain('03 time * 100x');
});

test('chatd, chat-repl and chat-lab have their names in a checkout, from any folder', async () => {
  const bin = join(checkout(), 'bin');
  const options = { cwd: tempFolder(), env: { PATH: `${bin}:${userPath}` }, reject: false } as const;
  for (const name of ['chatd', 'chat-repl', 'chat-lab']) {
    const help = await execa(name, ['--help'], options);
    expect(help).toMatchObject({ exitCode: 0, stderr: '' });
    expect(help.stdout).toContain(`Usage: ${name} `);
  }
});
