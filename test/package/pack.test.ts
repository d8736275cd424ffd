import { execa } from 'execa';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { noRegistry, ownNodeFolder, userPath } from '../helpers/npm.ts';
import { readNotebook } from '../../src/jupyter/index.ts';
import { probeWorlds } from '../../src/host/index.ts';
import { busyNotebook, expectAllEnded } from '../jupyter/notebook-rig.ts';
import { testUnless } from '../helpers/skip.ts';
import { sharedTempFolder } from '../helpers/temp.ts';
import { until } from '../helpers/until.ts';

const root = resolve(import.meta.dirname, '../..');
const registryReason = await noRegistry();
const ability = await probeWorlds();
const noWorlds = ability.kind === 'namespaces' ? undefined : (ability.why ?? 'no namespaces');

/** What somebody has who never saw this checkout: the machine's own Node, the usual PATH, no node_modules/.bin. */
const env = { PATH: `${await ownNodeFolder()}${delimiter}${userPath}` };

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

describe('npm pack', () => {
  const folder = sharedTempFolder();
  let packed: Packed;
  let paths: readonly string[];

  beforeAll(async () => {
    const { stdout } = await execa('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root });
    const [first] = JSON.parse(stdout) as Packed[];
    if (!first) throw new Error('npm pack packed nothing');
    packed = first;
    paths = packed.files.map((file) => file.path);
  }, 120_000);

  test('has the commands, types, data files and the licence', () => {
    expect(paths).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'dist/src/bin/chatd.js',
        'dist/src/bin/chat-repl.js',
        'dist/src/bin/chat-lab.js',
        'dist/src/wire/index.d.ts',
        'dist/protocols/clp.yaml',
        // What the commands' bundles are made of besides ours, and what they need at their start.
        'dist/src/bin/LICENSES.txt',
        'dist/protocols/clp.ready.json',
      ]),
    );
    const labs = readdirSync(join(root, 'labs')).filter((name) =>
      existsSync(join(root, 'labs', name, 'lab.yaml')),
    );
    expect(paths).toEqual(expect.arrayContaining(labs.map((name) => `dist/labs/${name}/lab.yaml`)));
  });

  test('has no TypeScript but declarations, and no tests', () => {
    expect(paths.filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))).toEqual([]);
    // The captures that lesson 9 reads lie with the fixtures.
    const others = paths.filter((path) => !path.startsWith('dist/test/fixtures/captures/'));
    expect(others.filter((path) => /(^|\/)(test|node_modules|\.ci)\/|\.test\./.test(path))).toEqual([]);
  });

  describe.skipIf(registryReason)(`installed (${registryReason ?? 'npm install -g'})`, () => {
    const prefix = join(folder, 'prefix');
    const command = (name: string): string => join(prefix, 'bin', name);

    beforeAll(async () => {
      await execa(
        'npm',
        ['install', '-g', '--prefer-offline', '--prefix', prefix, join(folder, packed.filename)],
        {
          env,
          cwd: folder,
        },
      );
    }, 180_000);

    test.each(['chatd', 'chat-repl', 'chat-lab'])('%s --version and --help', async (name) => {
      const answer = await execa(command(name), ['--version'], { env, cwd: '/' });
      expect(answer).toMatchObject({ stdout: version, stderr: '' });
      const help = await execa(command(name), ['--help'], { env, cwd: '/' });
      expect(help.stdout).toContain(`Usage: ${name}`);
    });

    test.each(['chatd', 'chat-repl', 'chat-lab'])('%s answers a wrong option with 2', async (name) => {
      const answer = await execa(command(name), ['--no-such-option'], { env, cwd: '/', reject: false });
      expect(answer).toMatchObject({ exitCode: 2, stdout: '' });
      expect(answer.stderr).toContain('--no-such-option');
    });

    test('chatd serves, chat-repl asks it, and it ends with 0', async () => {
      const places = join(folder, 'xdg');
      mkdirSync(places);
      const xdg = { ...env, XDG_RUNTIME_DIR: places, XDG_STATE_HOME: places, XDG_CONFIG_HOME: places };
      const server = execa(command('chatd'), ['run', '--port', '0', '--log-format', 'json'], {
        env: xdg,
        reject: false,
      });
      onTestFinished(() => void server.kill('SIGKILL'));
      let log = '';
      server.stderr.on('data', (text: Buffer) => (log += text.toString()));
      const listens = /"event":"listening".*?"port":(\d+)/;
      const port = await until('chatd listens', () => listens.exec(log)?.[1]);

      const answer = await execa(
        command('chat-repl'),
        [`127.0.0.1:${port}`, '-e', 'console.log((await time()) instanceof Date, (await list()).length)'],
        { env: xdg },
      );
      expect(answer.stdout).toBe('true 1');

      server.kill('SIGTERM');
      expect(await server).toMatchObject({ exitCode: 0, stdout: '' });
    });

    test('chat-lab trace explains a capture, and says what is none', async () => {
      const capture = join(root, 'test/fixtures/captures/fastcgi-loopback.tcpdump-X.txt');
      const { stdout } = await execa(command('chat-lab'), ['trace', '--format', 'json', capture], {
        env,
        cwd: '/',
      });
      expect(JSON.parse(stdout)).toMatchObject({ connections: [{ protocol: 'FastCGI' }] });
      // Its errors come from a bundle and are told by a module beside it: they have to know each other.
      const none = await execa(command('chat-lab'), ['trace', 'LICENSE'], { env, cwd: root, reject: false });
      expect(none).toMatchObject({ exitCode: 2, stdout: '' });
      expect(none.stderr).toMatch(/^chat-lab: cannot read LICENSE: .*\n {2}Give a pcap/);
    });

    test('chat-lab protocol knows a description’s faults, and chat-lab top that nothing runs', async () => {
      const file = join(folder, 'wrong.yaml');
      writeFileSync(file, 'name: wrong\n');
      const wrong = await execa(command('chat-lab'), ['protocol', 'check', file], {
        env,
        cwd: '/',
        reject: false,
      });
      expect(wrong).toMatchObject({ exitCode: 2, stdout: '' });
      expect(wrong.stderr).toContain('wrong.yaml:1');
      const nowhere = { ...env, XDG_RUNTIME_DIR: folder, XDG_STATE_HOME: folder };
      const top = await execa(command('chat-lab'), ['top', '--once'], {
        env: nowhere,
        cwd: '/',
        reject: false,
      });
      expect(top).toMatchObject({ exitCode: 1, stdout: '' });
      expect(top.stderr).toMatch(/^chat-lab: no chatd and no lab/);
    });

    test('chat-lab notebook run: busy code is ended, and the notebook goes on', async () => {
      const file = join(folder, 'busy.ipynb');
      writeFileSync(file, busyNotebook());
      const args = ['notebook', 'run', file, '--out', join(folder, 'ran'), '--cell-seconds', '0.2'];
      expect(await execa(command('chat-lab'), args, { env, cwd: '/' })).toMatchObject({ stderr: '' });
      expectAllEnded(join(folder, 'ran', 'busy.ipynb'));
    });

    testUnless(
      existsSync('/usr/bin/jupyter-nbconvert') ? noWorlds : 'jupyter-nbconvert is not installed',
      'its Jupyter kernel runs a lesson of the package, worlds and all, by nbconvert',
      async () => {
        await execa(command('chat-lab'), ['notebook', 'install', '--prefix', prefix], { env, cwd: '/' });
        const lesson = join(prefix, 'lib/node_modules/socket-lab-kit/dist/notebooks/en/04-four-tuple.ipynb');
        const convert = ['/usr/bin/jupyter-nbconvert', '--to', 'notebook', '--execute', lesson];
        await execa('/usr/bin/python3', [...convert, '--output-dir', folder], {
          env: { ...env, JUPYTER_PATH: join(prefix, 'share/jupyter') },
        });
        const { cells } = readNotebook(join(folder, '04-four-tuple.ipynb'));
        const code = cells.filter((cell) => cell.cell_type === 'code');
        expect(code.map(({ execution_count }) => execution_count)).toEqual(code.map((_, at) => at + 1));
        expect(JSON.stringify(code.flatMap(({ outputs }) => outputs))).toContain('ESTABLISHED');
      },
      240_000,
    );

    test('the rooms can be imported, with types', async () => {
      const user = join(folder, 'user');
      mkdirSync(join(user, 'node_modules'), { recursive: true });
      symlinkSync(join(prefix, 'lib/node_modules/socket-lab-kit'), join(user, 'node_modules/socket-lab-kit'));
      writeFileSync(join(user, 'package.json'), JSON.stringify({ type: 'module' }));
      writeFileSync(
        join(user, 'use.ts'),
        `import { safeText } from 'socket-lab-kit/bytes';\n` +
          `const shown: string = safeText('a\\u001bb');\n` +
          `// @ts-expect-error text is no number: if the types were lost, there would be no error here\n` +
          `export const wrong: number = safeText('');\n` +
          `process.stdout.write(shown);\n`,
      );
      writeFileSync(
        join(user, 'tsconfig.json'),
        JSON.stringify({
          compilerOptions: {
            target: 'es2023',
            module: 'nodenext',
            strict: true,
            noEmitOnError: true,
            types: ['node'],
            typeRoots: [join(root, 'node_modules/@types')],
          },
        }),
      );
      await execa(join(root, 'node_modules/.bin/tsc'), ['-p', user], { cwd: user });
      expect(await execa('node', ['use.js'], { env, cwd: user })).toMatchObject({ stdout: 'a\\x1bb' });
    });
  });
});
