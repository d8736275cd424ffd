import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { probeWorlds } from '../../src/host/index.ts';
import { readNotebook, resultsOf } from '../../src/jupyter/index.ts';
import { testUnless } from '../helpers/skip.ts';
import { sharedTempFolder, tempFolder } from '../helpers/temp.ts';
import { SOLUTIONS } from './solutions.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const execute = promisify(execFile);

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function chatLab(...args: string[]): Promise<Ran> {
  const program = [join(root, 'src/bin/chat-lab.ts'), 'notebook', ...args];
  try {
    return { code: 0, ...(await execute(process.execPath, program, { cwd: root, maxBuffer: 1 << 24 })) };
  } catch (error) {
    const { code, stdout, stderr } = error as Ran;
    return { code, stdout, stderr };
  }
}

function notebookOf(...sources: string[]): string {
  const cells = sources.map((source, at) => ({
    ...{ cell_type: 'code', id: `cell-${at + 1}`, metadata: {}, source },
    ...{ execution_count: null, outputs: [] },
  }));
  return JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 });
}

test('no notebook is stale', async () => {
  expect(await chatLab('build', 'notebooks', '--check')).toEqual({ code: 0, stdout: '', stderr: '' });
});

test('a notebook whose source has changed is told, by name', async () => {
  const folder = tempFolder();
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src', '01-x.md'), '# Title\n\n```js\n1 + 1\n```\n');
  expect((await chatLab('build', folder)).code).toBe(0);
  expect((await chatLab('build', folder, '--check')).code).toBe(0);
  writeFileSync(join(folder, 'src', '01-x.md'), '# Title\n\n```js\n1 + 2\n```\n');
  const { code, stderr } = await chatLab('build', folder, '--check');
  expect(code).toBe(1);
  expect(stderr).toContain(join(folder, 'en', '01-x.ipynb'));
});

test('outputs go into a copy; the notebook itself stays as it was', async () => {
  const folder = tempFolder();
  const file = join(folder, 'good.ipynb');
  const before = notebookOf(
    "console.log('one'); console.log('two'); 6 * 7",
    "setTimeout(() => console.log('late'), 5); await sleep(100)",
  );
  writeFileSync(file, before);
  const { code } = await chatLab('run', file, '--out', join(folder, 'out'));
  expect(code).toBe(0);
  expect(readFileSync(file, 'utf8')).toBe(before);
  const [first, second] = readNotebook(join(folder, 'out', 'good.ipynb')).cells;
  expect(first?.execution_count).toBe(1);
  expect(first?.outputs).toEqual([
    { output_type: 'stream', name: 'stdout', text: ['one\n', 'two\n'] },
    { output_type: 'execute_result', execution_count: 1, data: { 'text/plain': ['42'] }, metadata: {} },
  ]);
  expect(second?.outputs).toEqual([{ output_type: 'stream', name: 'stdout', text: ['late\n'] }]);
});

test('a cell that throws: exit 1, the cell and its error shown, JUnit; what is behind it does not run', async () => {
  const folder = tempFolder();
  const file = join(folder, 'bad.ipynb');
  writeFileSync(
    file,
    notebookOf('1', "const x = 1;\nthrow new RangeError('a <b> & c')", "console.log('never')"),
  );
  const junit = join(folder, 'junit.xml');
  const { code, stderr } = await chatLab('run', file, '--out', join(folder, 'out'), '--junit', junit);
  expect(code).toBe(1);
  expect(stderr).toContain('cell 2 (cell-2) failed');
  expect(stderr).toContain("throw new RangeError('a <b> & c')");
  expect(stderr).toContain('RangeError: a <b> & c');
  const xml = readFileSync(junit, 'utf8');
  expect(xml).toContain('tests="2" failures="1"');
  expect(xml).toContain('<failure type="RangeError" message="a &#60;b&#62; &#38; c">');
  const [, second, third] = readNotebook(join(folder, 'out', 'bad.ipynb')).cells;
  expect(second?.outputs?.[0]?.output_type).toBe('error');
  expect(third?.outputs).toEqual([]);
});

testUnless(
  process.platform === 'linux' ? undefined : 'the C socket API is there on Linux only',
  'C sockets in cells: what the kernel says is output of the cell, and none stays open behind its notebook',
  async () => {
    const folder = tempFolder();
    const listening = join(folder, 'a.ipynb');
    writeFileSync(
      listening,
      notebookOf(
        "const fd = await sys.socket(AF_INET, SOCK_STREAM, 0); await sys.bind(fd, '127.0.0.1', 0); await sys.listen(fd, 0);",
        "process.env['LISTENED'] = (await sys.getsockname(fd)).port; void sys.accept(fd); await sleep(50);",
        "await sys.bind(fd, '127.0.0.1', 0);",
      ),
    );
    const after = join(folder, 'b.ipynb');
    // In the same process: a socket that stayed open would be in the table.
    writeFileSync(
      after,
      notebookOf(
        "const port = Number(process.env['LISTENED']); [port > 0, (await sys.netstat(port)).length].join()",
      ),
    );
    const { code, stderr } = await chatLab('run', listening, after, '--out', join(folder, 'out'));
    expect(code).toBe(1);
    expect(stderr).toContain('cell 3 (cell-3) failed');
    expect(stderr).not.toContain('EBADF');
    const [made, waits, fails] = readNotebook(join(folder, 'out', 'a.ipynb')).cells;
    const lines = [
      /^socket\(AF_INET, SOCK_STREAM, 0\) = \d+\n$/,
      /^ {4}kernel: fd \d+ {2}CLOSE {2}0\.0\.0\.0:0\n$/,
      /^bind\(\d+, 127\.0\.0\.1:0\) = 0\n$/,
      /^ {4}kernel: fd \d+ {2}CLOSE {2}127\.0\.0\.1:\d+\n$/,
      /^listen\(\d+, 0\) = 0\n$/,
      /^ {4}kernel: fd \d+ {2}LISTEN {2}127\.0\.0\.1:\d+ {2}accept queue 0 of 0\n$/,
    ];
    expect(made?.outputs?.[0]).toEqual({
      output_type: 'stream',
      name: 'stdout',
      text: lines.map((line): unknown => expect.stringMatching(line)),
    });
    expect(JSON.stringify(waits?.outputs)).toContain('blocks (interrupt ends it)');
    expect(JSON.stringify(fails?.outputs)).toContain('= -1 EINVAL');
    const [looks] = readNotebook(join(folder, 'out', 'b.ipynb')).cells;
    expect(JSON.stringify(looks?.outputs)).toContain(`"'true,0'"`);
  },
);

test('a cell that takes too long is ended', async () => {
  const folder = tempFolder();
  const file = join(folder, 'slow.ipynb');
  writeFileSync(file, notebookOf('await new Promise(() => {})'));
  const { code, stderr } = await chatLab('run', file, '--out', folder + '/out', '--cell-seconds', '0.2');
  expect(code).toBe(1);
  expect(stderr).toContain('interrupted');
});

test('what is no notebook is refused before anything runs', async () => {
  const folder = tempFolder();
  const file = join(folder, 'no.ipynb');
  writeFileSync(file, '{"cells": 1}');
  const { code, stderr } = await chatLab('run', file, '--out', join(folder, 'out'));
  expect(code).toBe(2);
  expect(stderr).toContain('not a notebook');
});

const ability = await probeWorlds();
const noWorlds = ability.kind === 'namespaces' ? undefined : (ability.why ?? 'no namespaces');
const shared = sharedTempFolder();

const sources = readdirSync(join(root, 'notebooks/src')).map((name) => name.replace(/\.md$/, '.ipynb'));

/** Runs every notebook, English ones with right answers, and gives what came of the exercises. Three at a time: they mostly wait. */
async function answered(
  which: 'right' | 'wrong',
  language: 'en' | 'zh',
  names: readonly string[],
): Promise<Map<string, string>> {
  const statuses = new Map<string, string>();
  const waiting = [...names];
  const work = async (): Promise<void> => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      const notebook = readNotebook(join(root, 'notebooks', language, name));
      for (const cell of notebook.cells) {
        const solution = SOLUTIONS.find(({ exercise }) => cell.id === `answer-${exercise}`);
        if (solution) cell.source = solution[which];
      }
      // Beside the original, for its captures lie at a relative path.
      const folder = join(shared, which, language);
      mkdirSync(folder, { recursive: true });
      if (!existsSync(join(shared, 'test'))) symlinkSync(join(root, 'test'), join(shared, 'test'));
      const file = join(folder, name);
      writeFileSync(file, JSON.stringify(notebook));
      const { code, stderr } = await chatLab('run', file, '--out', join(folder, 'out'));
      expect(`${name}: ${code} ${code === 0 ? '' : stderr}`).toBe(`${name}: 0 `);
      for (const { id, status } of resultsOf(readNotebook(join(folder, 'out', name))).outcomes)
        statuses.set(id, status);
    }
  };
  await Promise.all([work(), work(), work()]);
  return statuses;
}

const all = (status: string): Map<string, string> =>
  new Map(SOLUTIONS.map(({ exercise }) => [exercise, status]));

testUnless(
  noWorlds,
  'every notebook runs without Jupyter, and the right answer to every exercise is found right',
  async () => {
    const statuses = await answered('right', 'en', sources);
    expect(new Map([...statuses].sort())).toEqual(all('right'));
  },
  300_000,
);

testUnless(
  noWorlds,
  'wrong answers are found wrong, and the notebook runs to its end',
  async () => {
    const names = sources.filter((name) => /^0[139]/.test(name));
    const statuses = await answered('wrong', 'zh', names);
    const wanted = [...all('wrong')].filter(([id]) => /^0[139]/.test(id));
    expect(new Map([...statuses].sort())).toEqual(new Map(wanted));
  },
  200_000,
);

const noJupyter = existsSync('/usr/bin/jupyter-nbconvert') ? undefined : 'jupyter-nbconvert is not installed';

testUnless(
  noWorlds ?? noJupyter,
  'jupyter nbconvert --execute runs a notebook with our kernel',
  async () => {
    const prefix = tempFolder();
    await chatLab('install', '--prefix', prefix);
    const file = join(prefix, '01.ipynb');
    cpSync(join(root, 'notebooks/zh/01-one-connection.ipynb'), file);
    const env = { ...process.env, JUPYTER_PATH: `${prefix}/share/jupyter` };
    await execute(
      '/usr/bin/python3',
      ['/usr/bin/jupyter-nbconvert', '--to', 'notebook', '--execute', '--inplace', file],
      {
        env,
        timeout: 230_000,
      },
    );
    const executed = readNotebook(file);
    const types = executed.cells
      .flatMap(({ outputs }) => outputs ?? [])
      .map(({ output_type }) => output_type);
    expect(types).toContain('execute_result');
    expect(types).not.toContain('error');
  },
  240_000,
);
