import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { KitError } from '../../src/bytes/index.ts';
import { connect, Server } from '../../src/net/index.ts';
import { compileProtocol } from '../../src/wire/index.ts';

/** docs/DESCRIBE-YOUR-PROTOCOL.md, done as it says. */
const guide = readFileSync(new URL('../../docs/DESCRIBE-YOUR-PROTOCOL.md', import.meta.url), 'utf8');
const [whole = '', repair = ''] = [...guide.matchAll(/```yaml\n([\s\S]*?)```/g)].map(
  (match) => match[1] ?? '',
);

test('step 4: the example has the fault that the guide speaks of', () => {
  expect(() => compileProtocol(whole, 'mine.yaml')).toThrow(
    /^mine\.yaml:\d+:\d+: cannot be told from send\.response/m,
  );
  expect(() => compileProtocol(whole, 'mine.yaml')).toThrow(KitError);
});

test('step 5: repaired as it says, server and client speak it', async () => {
  const start = whole.indexOf('  error.response:');
  const end = whole.indexOf('  deliver.indication:');
  const protocol = compileProtocol(whole.slice(0, start) + repair + whole.slice(end), 'mine.yaml');
  const server = await Server.listen({ protocol, port: 0, hostName: 'lab-pc' });
  onTestFinished(() => server.close(0));
  const client = await connect({ host: '127.0.0.1', port: server.local.port, protocol });
  onTestFinished(() => client.disconnect());
  expect(await client.name()).toBe('lab-pc');
  expect(Math.abs((await client.time()).getTime() - Date.now())).toBeLessThan(5_000);
  const [me] = await client.list();
  expect(me).toMatchObject({ address: '127.0.0.1', port: client.local.port });
  expect(await client.send(me?.id ?? 0, 'hi')).toEqual({ outcome: 'forwarded' });
  await expect(client.send(999, 'hi')).rejects.toMatchObject({ code: 'refused' });
});
