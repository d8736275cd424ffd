import { expect, test } from 'vitest';
import { join, startServer } from './support/servers.ts';

test('client and server have the sockets of the transport that was asked for, and of no other', async () => {
  const running = await startServer();
  const client = await join(running);
  expect((await client.list()).length).toBe(1);
  // Node lists the handles of node:net by these names; a descriptor of ours is in none of its handles.
  const ofNode = process.getActiveResourcesInfo().filter((name) => /^TCP(Server|Socket)Wrap$/.test(name));
  expect(ofNode.sort()).toEqual(
    process.env['NET_TRANSPORT'] === 'libc' ? [] : ['TCPServerWrap', 'TCPSocketWrap', 'TCPSocketWrap'],
  );
});
