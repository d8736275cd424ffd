import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { expect } from 'vitest';
import { z } from 'zod';
import { testUnless } from '../helpers/skip.ts';

const elsewhere = process.platform === 'linux' ? undefined : 'servers and generator are measured on Linux';

/** Every bench runs, on a small scale, and answers figures that can be. What they are depends on the machine. */
async function tiny(bench: string, boundMs = 55_000): Promise<unknown> {
  const file = fileURLToPath(new URL(`../../bench/${bench}.ts`, import.meta.url));
  const { stdout } = await execa(process.execPath, [file], { env: { BENCH: 'tiny' }, timeout: boundMs });
  return JSON.parse(stdout);
}

const loads = z.object({
  results: z.array(
    z.object({
      servers: z.array(
        z.object({
          name: z.string(),
          rate: z.number().positive(),
          p50Us: z.number().positive(),
          p99Us: z.number().positive(),
          cpuNs: z.number().positive(),
        }),
      ),
    }),
  ),
});

/** Those that every checkout has; the others are left out, aloud, where their Debian packages are not. */
const OURS = ['C echo', 'Node echo', 'chatd', 'chatd --transport net', 'ws', 'socket.io'];

testUnless(elsewhere, 'time: every server answers each load', async () => {
  const { results } = loads.parse(await tiny('time'));
  expect(results).toHaveLength(3);
  for (const { servers } of results) {
    const names = servers.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(OURS));
    for (const { p50Us, p99Us } of servers) expect(p99Us).toBeGreaterThanOrEqual(p50Us);
  }
});

testUnless(elsewhere, 'relay: texts arrive, in order, at the right client', async () => {
  const { results } = loads.parse(await tiny('relay'));
  expect(results[0]?.servers.map(({ name }) => name)).toContain('chatd');
});

testUnless(elsewhere, 'startup: every command starts, and says something', async () => {
  const schema = z.object({ results: z.array(z.object({ name: z.string(), ms: z.number().positive() })) });
  const { results } = schema.parse(await tiny('startup'));
  expect(results.map(({ name }) => name)).toContain('chat-repl -e 1, from the sources');
});

testUnless(
  elsewhere,
  'class: graded by hand and as a class',
  async () => {
    const row = z.object({ name: z.string(), ms: z.number().positive(), cpuMs: z.number().positive() });
    const { results } = z.object({ results: z.array(row) }).parse(await tiny('class', 170_000));
    expect(results).toHaveLength(5);
  },
  180_000,
);

testUnless(elsewhere, 'memory: idle clients are held and were all answered', async () => {
  const schema = z.object({
    results: z.array(
      z.object({ name: z.string(), clients: z.number(), bytes: z.number(), openMs: z.number().positive() }),
    ),
  });
  const { results } = schema.parse(await tiny('memory'));
  const names = results.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(OURS));
});

testUnless(elsewhere, 'codec: compiled and by hand say the same', async () => {
  const row = z.object({ encode: z.number().positive(), decode: z.number().positive() });
  const figures = z.object({ mean: z.number().positive(), packets: z.array(row) });
  const { results } = z.object({ results: figures }).parse(await tiny('codec'));
  expect(results.packets).toHaveLength(6);
});

testUnless(
  elsewhere,
  'labs: a run takes as long as its longest lab, at least, and every verdict is one',
  async () => {
    const run = z.object({ took: z.number(), longest: z.number().positive() });
    const figures = z.object({ runs: z.array(run), verdicts: z.number().positive(), changing: z.number() });
    const { results } = z.object({ results: figures }).parse(await tiny('labs'));
    expect(results.changing).toBe(0);
    for (const { took, longest } of results.runs) expect(took).toBeGreaterThan(longest);
  },
);
