/**
 * The scenes themselves: `node play.ts NAME`, run in a namespace by record.sh. Each shows one thing that TCP does. Their
 * pauses are not waits for something to be ready: time is what they are about (delayed ACKs, timers, queues filling).
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const PORT = 2312;
const HOST = process.env['SCENE_HOST'] ?? '127.0.0.1';

async function serve(onSocket: (socket: Socket) => void, options = {}): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, ...options }, (socket) => {
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  server.listen(PORT, HOST);
  await once(server, 'listening');
  return server;
}

async function dial(options: { localPort?: number; noDelay?: boolean } = {}): Promise<Socket> {
  const socket = connect({ host: HOST, port: PORT, allowHalfOpen: true, ...options });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

const echo = (socket: Socket): void => {
  socket.on('data', (data) => socket.write(data));
  socket.on('end', () => socket.end());
};

async function ask(socket: Socket, text: string): Promise<void> {
  socket.write(text);
  let missing = text.length;
  while (missing > 0) missing -= ((await once(socket, 'data')) as [Buffer])[0].length;
}

/** One line for what the kernel says of the scene's sockets now, at a moment when nothing is under way. */
function sample(): void {
  const us = (performance.timeOrigin + performance.now()) * 1000;
  const rows = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local, remote, state] = line.trim().split(/\s+/);
      return local === undefined || remote === undefined
        ? []
        : [{ local: port(local), remote: port(remote), state }];
    });
  process.stdout.write(`${JSON.stringify({ us, rows })}\n`);
}
const port = (address: string): number => Number.parseInt(address.split(':')[1] ?? '', 16);

/** A firewall rule for what arrives; the capture sees the packet, the socket does not. */
const nft = (...words: string[]): string => execFileSync('nft', words, { encoding: 'utf8' });

function dropping(...match: string[]): void {
  nft('add', 'table', 'ip', 'scene');
  nft('add', 'chain', 'ip', 'scene', 'in', '{ type filter hook input priority 0; }');
  nft('add', 'rule', 'ip', 'scene', 'in', 'tcp', ...match, 'drop');
}
const dropNothing = (): string => nft('flush', 'ruleset');

async function finish(client: Socket, server: Server): Promise<void> {
  client.end();
  if (!client.closed) await once(client, 'close');
  server.close();
}

const SCENES: Readonly<Record<string, () => Promise<void>>> = {
  async exchange() {
    const server = await serve(echo);
    const client = await dial();
    client.setNoDelay(true);
    for (let i = 0; i < 5; i++) await ask(client, `question ${i}\n`);
    await finish(client, server);
  },

  async 'half-close'() {
    let accepted: Socket | undefined;
    const server = await serve((socket) => {
      accepted = socket.resume();
    });
    const client = (await dial()).resume();
    client.write('that is all');
    await pause(60);
    sample();
    client.end();
    // Long enough for the server's delayed ACK.
    await pause(100);
    sample();
    accepted?.write('a last word');
    await pause(60);
    sample();
    accepted?.end();
    await pause(60);
    sample();
    server.close();
  },

  async 'simultaneous-close'() {
    let accepted: Socket | undefined;
    const server = await serve((socket) => {
      accepted = socket.resume();
    });
    const client = (await dial()).resume();
    await pause(50);
    dropping('flags & fin == fin');
    client.end();
    accepted?.end();
    await pause(50);
    dropNothing();
    if (!client.closed) await once(client, 'close');
    await pause(50);
    sample();
    server.close();
  },

  async 'simultaneous-open'() {
    dropping('flags & syn == syn');
    const ends = [
      connect({ host: HOST, port: 4002, localPort: 4001 }),
      connect({ host: HOST, port: 4001, localPort: 4002 }),
    ].map((socket) => socket.on('error', () => undefined));
    await pause(300);
    dropNothing();
    // Both SYNs are sent again after a second.
    await Promise.all(ends.map((socket) => once(socket, 'connect')));
    await pause(60);
    sample();
    for (const socket of ends) socket.resume().end();
    await pause(60);
  },

  async refused() {
    await dial().catch(() => undefined);
  },

  async reset() {
    const server = await serve((socket) => socket.resume());
    const client = await dial();
    client.write('hello');
    await pause(60);
    sample();
    client.resetAndDestroy();
    await pause(60);
    sample();
    server.close();
  },

  async 'unread-data'() {
    const server = await serve((socket) => {
      socket.pause();
      setTimeout(() => socket.destroy(), 80);
    });
    const client = await dial();
    // More than Node reads ahead, so that some of it is in the kernel's queue when the server closes.
    client.write('x'.repeat(1_000_000));
    const closed = new Promise((resolve) => client.on('close', resolve));
    client.resume();
    await closed;
    server.close();
  },

  async 'port-reuse'() {
    const server = await serve((socket) => socket.resume());
    for (let i = 0; i < 2; i++) {
      const client = await dial({ localPort: 40_123 });
      client.write(`life ${i}`);
      await pause(60);
      client.resetAndDestroy();
      await pause(60);
    }
    server.close();
  },

  async 'keep-alive'() {
    execFileSync('sysctl', ['-qw', 'net.ipv4.tcp_keepalive_intvl=1']);
    const server = await serve(echo);
    const client = await dial();
    client.setKeepAlive(true, 1000);
    await ask(client, 'still there?');
    await pause(2500);
    await finish(client, server);
  },

  async 'zero-window'() {
    let accepted: Socket | undefined;
    const server = await serve((socket) => {
      accepted = socket.pause();
    });
    const client = await dial();
    client.write('w'.repeat(6_000_000));
    await pause(1500);
    accepted?.resume();
    accepted?.on('end', () => accepted?.end());
    await finish(client.resume(), server);
  },

  async loss() {
    const server = await serve(echo);
    const client = await dial();
    await ask(client, 'before');
    // One in nine of the segments with data is lost.
    dropping('dport', String(PORT), 'numgen inc mod 9 == 4');
    await ask(client, 'z'.repeat(200_000));
    dropNothing();
    await finish(client, server);
  },

  async 'fin-never-leaves'() {
    await serve((socket) => socket.resume());
    const client = await dial();
    await pause(50);
    dropping('dport', String(PORT));
    client.end();
    await pause(1200);
    sample();
    process.exit(0);
  },

  async nagle() {
    const server = await serve((socket) => {
      socket.on('data', (data) => {
        if (data.toString().startsWith('warm')) socket.write(data);
      });
      socket.on('end', () => socket.end());
    });
    const client = await dial();
    // A conversation of questions and answers makes the server's TCP delay its ACKs.
    for (let i = 0; i < 10; i++) await ask(client, `warm ${i}`);
    // Node leaves Nagle's algorithm on: the second small write waits for the ACK of the first.
    client.write('one');
    await pause(5);
    client.write('two');
    client.write('three');
    await pause(300);
    await finish(client, server);
  },
};

const scene = SCENES[process.argv[2] ?? ''];
if (scene === undefined) throw new Error(`scenes: ${Object.keys(SCENES).join(', ')}`);
await scene();
