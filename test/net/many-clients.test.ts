import { expect, test } from 'vitest';
import { until } from '../helpers/until.ts';
import { rawClient, timeRequest } from './support/raw.ts';
import { join, startServer } from './support/servers.ts';

test('100 clients with 100 requests each at the same moment: each gets its own answers, all of them', async () => {
  const running = await startServer();
  const raws = await Promise.all(Array.from({ length: 100 }, () => rawClient(running)));
  // Numbers that tell whose request it was.
  raws.forEach((raw, client) => {
    for (let i = 0; i < 100; i++) raw.say(timeRequest(client * 1_000 + i));
  });
  await until('10,000 answers', () => raws.every((raw) => raw.of('time.response').length === 100));
  raws.forEach((raw, client) => {
    const numbers = raw.of('time.response').map(({ request }) => request);
    expect(numbers).toEqual(Array.from({ length: 100 }, (_, i) => client * 1_000 + i));
  });
});

test('every operation at once from many clients, answers matched to their requests', async () => {
  const running = await startServer();
  const clients = await Promise.all(
    Array.from({ length: 20 }, (_, index) => join(running, { name: `client-${index}` })),
  );
  const heard = new Map<number, string[]>(clients.map(({ id }) => [id, []]));
  for (const client of clients) client.on('message', ({ text }) => heard.get(client.id)?.push(text));
  await Promise.all(
    clients.flatMap((client, index) => {
      const next = clients[(index + 1) % clients.length];
      return Array.from({ length: 25 }, async (_, round) => {
        const [time, name, list, sent] = await Promise.all([
          client.time(),
          client.name(),
          client.list(),
          client.send(next?.id ?? 0, `${client.id}:${round}`),
        ]);
        expect(time).toBeInstanceOf(Date);
        expect(name).toBe('lab-pc');
        expect(list).toHaveLength(20);
        expect(sent).toEqual({ outcome: 'delivered' });
      });
    }),
  );
  clients.forEach((client, index) => {
    const before = clients[(index + 19) % 20];
    expect(heard.get(client.id)).toEqual(Array.from({ length: 25 }, (_, round) => `${before?.id}:${round}`));
  });
});

test('a request pipeline of 50,000 in one write is answered whole and in order', async () => {
  const running = await startServer();
  const raw = await rawClient(running);
  raw.say(...Array.from({ length: 50_000 }, (_, i) => timeRequest(i)));
  await until('50,000 answers', () => raw.messages.length === 50_001);
  expect(raw.of('time.response').every(({ request }, i) => request === i)).toBe(true);
});
