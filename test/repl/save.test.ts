/** What a session saved runs again, as a script and as a notebook. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { bindCommands, Evaluator, Session } from '../../src/repl/index.ts';
import { notebookOf } from '../../src/repl/notebook.ts';
import { scriptOf, type TranscriptEntry } from '../../src/repl/save.ts';
import { loadProtocol } from '../../src/wire/index.ts';
import { repl, scratch, startServer } from './helpers.ts';

const TYPED: readonly TranscriptEntry[] = [
  { input: 'const total = (await list()).length\n', failed: false },
  { input: 'function twice(n) {\n  return 2 * n\n}\n', failed: false },
  { input: 'nonsense(\n  1)\n', failed: true },
  { input: '[total, twice(21)].join("/")\n', failed: false },
  { input: '`网络 ${await name()}`\n', failed: false },
];

async function session(): Promise<Session> {
  const { server } = await startServer();
  const made = new Session({
    protocol: loadProtocol('clp'),
    target: { host: '127.0.0.1', port: server.local.port },
  });
  onTestFinished(() => made.close());
  return made;
}

test('a script, run by the program', async () => {
  const file = join(scratch(), 'saved.js');
  writeFileSync(file, scriptOf(TYPED, await session(), true));
  chmodSync(file, 0o700);
  const { out, err, code } = await repl([file]);
  expect(out.split('\n').slice(1)).toEqual(['1/42', '网络 lab-host']);
  expect({ err, code }).toEqual({ err: '', code: 0 });
});

/** nbformat 4.5 as its JSON Schema has it, for the cells that we write. */
const multiline = z.array(z.string());
const cell = { id: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/), metadata: z.object({}), source: multiline };
const notebook = z.strictObject({
  nbformat: z.literal(4),
  nbformat_minor: z.int().min(5),
  metadata: z.object({
    kernelspec: z.object({ name: z.string(), display_name: z.string() }),
    language_info: z.object({ name: z.string() }),
  }),
  cells: z.array(
    z.discriminatedUnion('cell_type', [
      z.strictObject({ cell_type: z.literal('markdown'), ...cell }),
      z.strictObject({
        cell_type: z.literal('code'),
        execution_count: z.int().nullable(),
        outputs: z.array(z.never()),
        ...cell,
      }),
    ]),
  ),
});

test('a notebook, cell by cell', async () => {
  const made = await session();
  const { cells } = notebook.parse(JSON.parse(notebookOf(TYPED, made, true)));
  expect(new Set(cells.map(({ id }) => id)).size).toBe(cells.length);
  const evaluator = new Evaluator();
  bindCommands(made, evaluator.scope);
  const values: unknown[] = [];
  for (const { cell_type, source } of cells) {
    if (cell_type === 'code') values.push(await evaluator.run(source.join(''), { file: 'cell' }));
  }
  expect(values.slice(1)).toEqual([undefined, undefined, undefined, '1/42', '网络 lab-host']);
});
