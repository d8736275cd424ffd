import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { askControl, serveControl } from '../../src/net/index.ts';
import { tempFolder } from '../helpers/temp.ts';
import { until } from '../helpers/until.ts';

async function control(answer: (question: string) => unknown): Promise<string> {
  const path = join(tempFolder(), 'control.sock');
  const served = await serveControl(path, answer);
  onTestFinished(() => served.close());
  return path;
}

test('many ask at once, and each gets the answer to its question', async () => {
  const path = await control((question) => ({ question, text: '你好\n' }));
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => askControl(path, `${i}`)));
  expect(answers).toEqual(Array.from({ length: 50 }, (_, i) => ({ question: `${i}`, text: '你好\n' })));
});

test('an answer of several megabytes arrives whole', async () => {
  const rows = Array.from({ length: 50_000 }, (_, id) => ({ id, name: 'n'.repeat(60) }));
  const path = await control(() => rows);
  expect(await askControl(path, 'clients', 20_000)).toEqual(rows);
});

test('who asks too much is disconnected, who leaves half way disturbs nobody', async () => {
  const path = await control((question) => question);
  const greedy = connect(path);
  const rude = connect(path);
  let closed = false;
  greedy.on('close', () => (closed = true));
  greedy.on('error', () => undefined);
  greedy.write('x'.repeat(4_096));
  rude.write('stat');
  rude.destroy();
  await until('it is disconnected', () => closed);
  expect(await askControl(path, 'status')).toBe('status');
});

test('nobody there, a stranger there, silence there: no-answer', async () => {
  const folder = tempFolder();
  const error = { code: 'no-answer', fault: 'machine' };
  await expect(askControl(join(folder, 'none'), 'status')).rejects.toMatchObject(error);

  const sockets = new Set<{ destroy(): void }>();
  const listen = async (name: string, words: string | undefined): Promise<string> => {
    const server = createServer((socket) => {
      sockets.add(socket);
      if (words !== undefined) socket.end(words);
    });
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const path = join(folder, name);
    await new Promise<void>((resolve) => server.listen(path, resolve));
    return path;
  };
  await expect(askControl(await listen('stranger', 'SSH-2.0\n'), 'status')).rejects.toMatchObject(error);
  await expect(askControl(await listen('silent', undefined), 'status', 50)).rejects.toMatchObject(error);
});
