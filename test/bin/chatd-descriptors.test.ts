import { execaSync } from 'execa';
import { expect } from 'vitest';
import { TRANSPORTS, type TransportName } from '../../src/net/index.ts';
import { testUnless } from '../helpers/skip.ts';
import { until } from '../helpers/until.ts';
import { rawClient, type Raw } from '../net/support/raw.ts';
import { join as joinServer } from '../net/support/servers.ts';
import { Home } from './support/chatd.ts';

const noPrlimit = execaSync('prlimit', ['--version'], { reject: false }).failed
  ? 'there is no prlimit here'
  : undefined;

for (const transport of TRANSPORTS) {
  testUnless(
    noPrlimit,
    `no descriptors left, over ${transport}: said once, others are served, and it recovers`,
    () => exhaust(transport),
  );
}

async function exhaust(transport: TransportName): Promise<void> {
  const chatd = await new Home().launch(
    ['prlimit', '--nofile=80:80', process.execPath],
    ['--transport', transport],
  );
  expect(chatd.events('few-descriptors')).toMatchObject([{ level: 'warn', maxClients: 40 }]);
  const inside = await joinServer(chatd);
  const raws: Raw[] = [];
  for (let i = 0; i < 39; i++) raws.push(await rawClient(chatd));
  await until('all are greeted', () => raws.every(({ messages }) => messages.length === 1));

  // Refused with a reason as long as there is a descriptor for that; they stay half open and use descriptors up.
  const refused: Raw[] = [];
  await until('the log says it', async () => {
    if (refused.length < 120) refused.push(await rawClient(chatd, { allowHalfOpen: true }));
    return chatd.events('accept-failed').length > 0;
  });
  expect(chatd.events('accept-failed')).toMatchObject([{ level: 'error', code: 'EMFILE' }]);
  expect(refused[0]?.of('bye.indication')).toMatchObject([{ status: 'too-many-clients' }]);
  expect(await inside.name()).not.toBe('');

  for (const { socket } of [...raws, ...refused]) socket.destroy();
  await until('it accepts again', async () => {
    const client = await joinServer(chatd).catch(() => undefined);
    return client?.connected;
  });
  await until('it says so', () => chatd.events('descriptors-back').length === 1);
  expect(chatd.events('accept-failed')).toHaveLength(1);
  chatd.child.kill('SIGTERM');
  expect((await chatd.ended()).exitCode).toBe(0);
}
