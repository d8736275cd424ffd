import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { probeWorlds } from '../../src/host/index.ts';
import { readNotebook, resultsOf } from '../../src/jupyter/index.ts';
import { EXERCISES } from '../../src/jupyter/exercise-table.ts';
import { testUnless } from '../helpers/skip.ts';
import { sharedTempFolder, tempFolder } from '../helpers/temp.ts';
import {
  answered,
  busyNotebook,
  chatLab as kit,
  each,
  execute,
  expectAllEnded,
  NAMES,
  notebookOf,
  placed,
  ran,
  type Ran,
  root,
} from './notebook-rig.ts';
import { SOLUTIONS } from './solutions.ts';
import { program } from '../helpers/programs.ts';

const chatLab = (...args: string[]): Promise<Ran> => kit('notebook', ...args);
const shared = sharedTempFolder();

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
  expect(xml).toContain('tests="3" failures="1" skipped="1"');
  expect(xml).toContain('<failure type="RangeError" message="a &#60;b&#62; &#38; c">');
  expect(xml).toMatch(/name="cell 3 \(cell-3\)"><skipped /);
  expect(stderr).toContain(`What ran is in ${join(folder, 'out', 'bad.ipynb')}`);
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

test('busy code in any callback is ended, and the next cell runs, also where nobody gave Node its flags', async () => {
  const folder = tempFolder();
  const file = join(folder, 'busy.ipynb');
  writeFileSync(file, busyNotebook());
  const args = ['notebook', 'run', file, '--out', join(folder, 'out'), '--cell-seconds', '0.2'];
  const { code, stderr } = await ran(process.execPath, [program('bin/chat-lab'), ...args]);
  expect(`${code} ${stderr}`).toBe('0 ');
  expectAllEnded(join(folder, 'out', 'busy.ipynb'));
});

test.each([
  ['deep', `{"cells": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 'nested deeper than 200 levels'],
  ['cut', notebookOf('1').slice(0, 40), 'JSON'],
  ['many', notebookOf(...Array.from({ length: 5_001 }, () => '1')), 'more than 5000 cells'],
  ['rude', '{"cells": [{"cell_type": "\\u001b[2Jx", "source": ""}]}', 'not a notebook'],
])('a notebook that is %s is refused, with the reason and no escape sequence', async (name, text, reason) => {
  const file = join(tempFolder(), `${name}.ipynb`);
  writeFileSync(file, text);
  const { code, stderr } = await chatLab('run', file, '--out', join(shared, 'none'));
  expect(code).toBe(2);
  expect(stderr).toContain(reason);
  expect(stderr).not.toContain('\u001b');
});

test('outputs and ids of a file reach neither the terminal nor the copy', async () => {
  const folder = tempFolder();
  const file = join(folder, 'rude.ipynb');
  const rude = '\u001b]0;title\u0007<script>alert(1)</script>';
  const notebook = readNotebook(
    placed(folder, 'x.ipynb', JSON.parse(notebookOf('1', "throw new Error('\u001b[2Jgone')")) as never),
  );
  for (const cell of notebook.cells)
    Object.assign(cell, {
      id: rude,
      outputs: [{ output_type: 'stream', name: 'stdout', text: [rude] }],
    });
  writeFileSync(file, JSON.stringify(notebook));
  const { code, stderr } = await chatLab('run', file, '--out', join(folder, 'out'));
  expect(code).toBe(1);
  expect(stderr).toContain('cell 2');
  expect(stderr).not.toContain('\u001b');
  const { cells } = readNotebook(join(folder, 'out', 'rude.ipynb'));
  expect(JSON.stringify(cells.map(({ outputs }) => outputs))).not.toContain('script');
});

test('what is no notebook is refused before anything runs', async () => {
  const folder = tempFolder();
  const file = join(folder, 'no.ipynb');
  writeFileSync(file, '{"cells": 1}');
  const { code, stderr } = await chatLab('run', file, '--out', join(folder, 'out'));
  expect(code).toBe(2);
  expect(stderr).toContain('not a notebook');
});

test('a cell that never pauses is ended, however often it begins anew', async () => {
  const folder = tempFolder();
  const file = join(folder, 'busy.ipynb');
  writeFileSync(
    file,
    notebookOf(
      'setInterval(() => { for (;;); }, 1); for (;;) { try { for (;;); } catch {} await new Promise((r) => setTimeout(r, 1)); }',
    ),
  );
  const { code, stderr } = await chatLab('run', file, '--out', join(folder, 'out'), '--cell-seconds', '0.3');
  expect(code).toBe(1);
  expect(stderr).toContain('interrupted');
});

test('both languages have the same code, each exercise an answer, and an untouched one is open', () => {
  const code = (language: 'en' | 'zh', name: string): string[] =>
    readNotebook(join(root, 'notebooks', language, name)).cells.flatMap(({ cell_type, source }) =>
      cell_type === 'code' && !/^lang\('..'\);$/.test(source) ? [source.replace(/^ *\/\/.*$/gm, '')] : [],
    );
  for (const name of NAMES) expect([name, ...code('zh', name)]).toEqual([name, ...code('en', name)]);
  const points = new Map<string, unknown>();
  for (const name of NAMES) {
    const { cells } = readNotebook(join(root, 'notebooks/en', name));
    for (const [at, { id, source, metadata }] of cells.entries()) {
      if (id?.startsWith('check-') !== true) continue;
      const answer = cells[at - 1];
      expect(answer?.id).toBe(id.replace('check-', 'answer-'));
      const variable = /^let (\w+);$/.exec(answer?.source ?? '')?.[1] ?? 'no declaration';
      expect(source).toMatch(new RegExp(`^await exercise\\('${id.slice(6)}', ${variable}\\b`));
      points.set(id.slice(6), (metadata['nbgrader'] as { points?: unknown }).points);
    }
  }
  expect(points).toEqual(new Map(EXERCISES.map((one) => [one.id, one.points])));
  expect(SOLUTIONS.map(({ exercise }) => exercise)).toEqual(EXERCISES.map(({ id }) => id));
});

const ability = await probeWorlds();
const noWorlds = ability.kind === 'namespaces' ? undefined : (ability.why ?? 'no namespaces');
const JOBS = 2;

testUnless(
  noWorlds,
  'what left a host and never came is drawn as lost, in its capture and in no other',
  async () => {
    const folder = tempFolder();
    const file = join(folder, 'lost.ipynb');
    const cell = `
      const w = await world();
      const listener = await w.server.listen(7000);
      await w.drop({ to: 'server', flags: ['syn'], times: 1 });
      const t = await capture(async () => {
        const here = await w.client.dial(w.server, 7000);
        await here.write('hello');
        await (await listener.accept()).read(5);
      });
      const times = (text) => text.split('lost on the way').length - 1;
      const lost = (view) => times(view.bundle()['image/svg+xml']) + ' ' + times(view.text());
      [t.client.count({ flags: 'SYN', side: 0 }), lost(t.client), t.server.count({ flags: 'SYN', side: 0 }), lost(t.server)].join()`;
    writeFileSync(file, notebookOf(cell));
    const { code, stderr } = await chatLab('run', file, '--out', join(folder, 'out'));
    expect(`${code} ${code === 0 ? '' : stderr}`).toBe('0 ');
    const [done] = readNotebook(join(folder, 'out', 'lost.ipynb')).cells;
    expect(done?.outputs).toMatchObject([{ data: { 'text/plain': ["'2,1 1,1,0 0'"] } }]);
  },
  120_000,
);

const all = (status: string): Map<string, string> =>
  new Map(SOLUTIONS.map(({ exercise }) => [exercise, status]));

function statuses(files: readonly string[]): Map<string, string> {
  const found = files.flatMap((file) => resultsOf(readNotebook(file)).outcomes);
  return new Map(found.map(({ id, status }) => [id, status] as const).sort());
}

testUnless(
  noWorlds,
  'without Jupyter, every notebook (zh) runs to its end, and finds every wrong answer wrong',
  async () => {
    const out = join(shared, 'out');
    await each(NAMES, JOBS, async (name) => {
      const file = placed(join(shared, 'zh'), name, answered('zh', name, 'wrong'));
      const { code, stderr } = await chatLab('run', file, '--out', out);
      expect(`${name}: ${code} ${code === 0 ? '' : stderr}`).toBe(`${name}: 0 `);
    });
    expect(statuses(NAMES.map((name) => join(out, name)))).toEqual(all('wrong'));
  },
  400_000,
);

const noJupyter = existsSync('/usr/bin/jupyter-nbconvert') ? undefined : 'jupyter-nbconvert is not installed';

testUnless(
  noWorlds ?? noJupyter,
  'jupyter nbconvert --execute runs every notebook (en) with our kernel, and finds every right answer right',
  async () => {
    const prefix = join(shared, 'prefix');
    await chatLab('install', '--prefix', prefix);
    const env = { ...process.env, JUPYTER_PATH: `${prefix}/share/jupyter` };
    const files = NAMES.map((name) => placed(join(shared, 'en'), name, answered('en', name, 'right')));
    await each(files, JOBS, async (file) => {
      const convert = ['/usr/bin/jupyter-nbconvert', '--to', 'notebook', '--execute', '--inplace', file];
      await execute('/usr/bin/python3', convert, { env, timeout: 230_000 });
    });
    expect(statuses(files)).toEqual(all('right'));
  },
  400_000,
);
