import { Buffer } from 'node:buffer';
import { english, KitError, Writer } from '../../src/bytes/index.ts';
import { text } from '../../src/check/index.ts';
import type { DropSpec } from '../../src/host/index.ts';
import type { Run } from '../../src/lab/index.ts';
import { clientId, epochMs, loadProtocol, readDescription, requestNumber } from '../../src/wire/index.ts';

export const PROTOCOLS = ['clp', 'struct264'] as const;
export const WAYS = ['apart', 'joined', 'split'] as const;
export type ProtocolName = (typeof PROTOCOLS)[number];
export type Way = (typeof WAYS)[number];
/** struct264's greeting has no type and no length; the time follows it, after a read or on its heels. */
export const GREETINGS = ['greeting apart', 'greeting joined'] as const;
export type Greeting = (typeof GREETINGS)[number];
/** What the lab notes of the description that it used: the evidence must not depend on the kit's own copy. */
export const DESCRIPTION = 'description';
export const phaseOf = (protocol: ProtocolName, way: Way): string => `${protocol} ${way}`;

/** The packets of a run as they are written: texts for a client, of different lengths. */
export function packetsFor(name: ProtocolName, count: number, who: string, words: number): Buffer[] {
  const protocol = loadProtocol(name);
  return Array.from({ length: count }, (_, index) => {
    const writer = new Writer();
    protocol.encode(
      {
        type: 'send.request',
        request: requestNumber(index + 1),
        to: clientId(1),
        toAddress: '10.0.0.1',
        toPort: 1,
        text: `${who} says ${'word '.repeat(words + index)}${index + 1}`,
      },
      writer,
    );
    return Buffer.from(writer.take());
  });
}

export async function scenario(run: Run): Promise<void> {
  const step = text('the same packets, differently delivered', '同样的分组，不同的送达');
  const { address, interface: name } = run.world.host('server');
  const port = run.variant.port;
  const server = await run.startPeer('server', 'server');
  await server.listen(address, port, { habits: { answersFin: true } });
  const client = await run.startPeer('client', 'client');
  let there = 0;
  for (const protocol of PROTOCOLS) {
    run.note('server', DESCRIPTION, { protocol, text: readDescription(protocol).text });
    const packets = packetsFor(protocol, run.number('packets'), run.variant.clientName, run.number('words'));
    const total = packets.reduce((sum, { length }) => sum + length, 0);
    for (const way of WAYS) {
      run.progress(step, there, PROTOCOLS.length * WAYS.length);
      there++;
      await smallSegments(run, name, way === 'split' ? run.number('smallSegment') : 0);
      await run.phase(phaseOf(protocol, way), { bytes: total }, async (facts) => {
        const { connection, localPort } = await client.connect(address, port);
        facts['clientPort'] = localPort;
        await server.until(there, 'open');
        const spec: DropSpec = { from: 'client', flags: ['psh'], times: 1 };
        const rule = way === 'apart' ? undefined : await run.world.drop(spec);
        let sent = 0;
        const writes: Promise<unknown>[] = [];
        for (const packet of packets) {
          // Without waiting for the order before: the client's program writes one right after the other.
          writes.push(client.send(connection, { text: textOf(packet) }));
          sent += packet.length;
          if (way === 'apart') await server.until(there, 'bytes', sent);
        }
        await Promise.all(writes);
        await server.until(there, 'bytes', total);
        facts['dropped'] = rule === undefined ? 0 : await rule.remove();
        await client.finish(connection);
        await client.until(connection, 'closed');
      });
    }
  }
  await smallSegments(run, name, 0);
  for (const way of GREETINGS) {
    there++;
    await run.phase(way, {}, async (facts) => {
      const greeting = `welcome, ${run.variant.clientName}`;
      const answer = timeAnswer();
      Object.assign(facts, { greetingBytes: greeting.length, answerBytes: answer.length });
      const { connection, localPort } = await client.connect(address, port);
      facts['clientPort'] = localPort;
      await server.until(there, 'open');
      const spec: DropSpec = { from: 'server', flags: ['psh'], times: 1 };
      const rule = way === 'greeting apart' ? undefined : await run.world.drop(spec);
      const writes = [server.send(there, { text: greeting })];
      if (way === 'greeting apart') await client.until(connection, 'bytes', greeting.length);
      writes.push(server.send(there, { text: textOf(answer) }));
      await Promise.all(writes);
      await client.until(connection, 'bytes', greeting.length + answer.length);
      facts['dropped'] = rule === undefined ? 0 : await rule.remove();
      await client.finish(connection);
      await client.until(connection, 'closed');
    });
  }
  run.progress(step, there, there);
  await run.end(client);
  await run.end(server);
}

/** struct264's answer to a request for the time. */
function timeAnswer(): Buffer {
  const writer = new Writer();
  loadProtocol('struct264').encode(
    { type: 'time.response', request: requestNumber(1), time: epochMs(1000 * Math.floor(Date.now() / 1000)) },
    writer,
  );
  return Buffer.from(writer.take());
}

/** Bytes below 0x80 are a text's own bytes; the packets' lengths are kept small enough for that. */
function textOf(packet: Buffer): string {
  if (packet.every((byte) => byte < 0x80)) return packet.toString('latin1');
  throw new KitError('bad-lab', 'a packet has a byte that is no character of ASCII');
}

/** The server's kernel tells its peers to send no larger segments (ip-route(8), `advmss`); 0: as large as fit. */
async function smallSegments(run: Run, device: string, bytes: number): Promise<void> {
  const host = run.world.host('server');
  const { code, stderr } = await host.exec('ip', [
    ...['route', 'replace', run.variant.subnet, 'dev', device, 'proto', 'kernel', 'scope', 'link'],
    ...['src', host.address, ...(bytes === 0 ? [] : ['advmss', String(bytes)])],
  ]);
  if (code !== 0)
    throw new KitError('no-advmss', english(`ip route: ${stderr.trim()}`), { fault: 'machine' });
}
