/**
 * What the benchmark's capture shows: chatd and its clients, talking on a loopback that loses packets. Run in a namespace
 * (see `capture.ts`): `node chat.ts CLIENTS`.
 */
import { spawn, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connect, type Client } from '../../src/net/index.ts';
import { loadProtocol } from '../../src/wire/index.ts';

const PORT = 2312;
const AT_ONCE = 25;
/** One in so many of the segments with data is lost, either way. */
const LOST = 97;
const chatd = fileURLToPath(new URL('../../src/bin/chatd.ts', import.meta.url));
const protocol = loadProtocol('clp');

async function serve(): Promise<() => Promise<void>> {
  const args = [chatd, 'run', '--port', String(PORT), '--unlisted', '--log-format', 'json'];
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  for await (const line of createInterface({ input: server.stderr })) if (line.includes('"port"')) break;
  server.stderr.resume();
  return async () => {
    server.kill('SIGTERM');
    await once(server, 'exit');
  };
}

function lose(): void {
  const nft = (...words: string[]): string => execFileSync('nft', words, { encoding: 'utf8' });
  nft('add', 'table', 'ip', 'bench');
  nft('add', 'chain', 'ip', 'bench', 'in', '{ type filter hook input priority 0; }');
  const match = `tcp flags & (psh | syn | fin | rst) == psh numgen inc mod ${LOST} == 4`.split(' ');
  nft('add', 'rule', 'ip', 'bench', 'in', ...match, 'drop');
}

/** One client's life: a name, the list, requests one after the other and all at once, texts to the one before it. */
async function live(number: number, before: Client | undefined): Promise<Client> {
  const client = await connect({ host: '127.0.0.1', port: PORT, protocol, name: `client ${number}` });
  await client.list();
  for (let i = 0; i < 20; i++) await client.time();
  await Promise.all(Array.from({ length: 20 + (number % 7) * 10 }, () => client.time()));
  for (let i = 0; i < 5; i++) {
    if (before?.connected === true) await client.send(before.id, `text ${i} of client ${number}, 你好`);
  }
  await client.name();
  return client;
}

/** Every ninth crashes, the others say goodbye. */
async function leave(client: Client, number: number): Promise<void> {
  if (number % 9 === 4) client.reset();
  else await client.disconnect();
}

const clients = Number(process.argv[2]);
const stop = await serve();
lose();
let next = 0;
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    let before: { client: Client; number: number } | undefined;
    for (let number = next++; number < clients; number = next++) {
      const client = await live(number, before?.client);
      if (before !== undefined) await leave(before.client, before.number);
      before = { client, number };
    }
    if (before !== undefined) await leave(before.client, before.number);
  }),
);
await stop();
