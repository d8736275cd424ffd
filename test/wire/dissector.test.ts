import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Client, connect, Server } from '../../src/net/index.ts';
import {
  annotate,
  dissector,
  loadProtocol,
  operationOf,
  type Protocol,
  shippedProtocols,
  type Speaker,
} from '../../src/wire/index.ts';
import { tempFolder } from '../helpers/temp.ts';
import { until } from '../helpers/until.ts';

/** What stands in the way of a capture on loopback, if anything does. */
function obstacle(): string | undefined {
  if (spawnSync('tshark', ['--version']).error) return 'no tshark';
  if (spawnSync('tcpdump', ['--version']).error) return 'no tcpdump';
  const dry = spawnSync('tcpdump', ['-i', 'lo', '-c', '1', '-G', '1', '-W', '1', '-w', '/dev/null'], {
    timeout: 3000,
  });
  return /permission/i.test(dry.stderr.toString()) ? 'tcpdump may not capture on lo' : undefined;
}

type Named = readonly [name: string, value: string];

/** What our own interpreter says of a packet: names and values in the order of the bytes. */
function own(
  protocol: Protocol,
  speaker: Speaker,
  bytes: Buffer,
  first: boolean,
  awaited: string | undefined,
): Named[] {
  const { message, spans } = annotate(protocol, speaker, bytes, {
    first,
    ...(awaited === undefined ? {} : { awaited }),
  });
  const type = message.type === 'invalid' ? `invalid: ${message.message}` : message.type;
  return [
    ['packet', type],
    ...spans.flatMap(({ label, raw }): Named[] => (raw === undefined ? [] : [[label, String(raw)]])),
  ];
}

const unescape = (text: string): string =>
  text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');

/** What tshark says: for each packet of the protocol the sender's port, names and values. */
function theirs(protocol: string, pdml: string): { port: number; fields: Named[] }[] {
  return [...pdml.matchAll(/<packet>[\s\S]*?<\/packet>/g)].flatMap(([frame]) => {
    const port = Number(/name="tcp\.srcport"[^>]* show="(\d+)"/.exec(frame)?.[1]);
    return [...frame.matchAll(new RegExp(`<proto name="${protocol}"[\\s\\S]*?</proto>`, 'g'))].map(
      ([proto]) => ({
        port,
        fields: [
          ...proto.matchAll(
            new RegExp(`<field name="${protocol}\\.([^"]+)"[^>]*? size="(\\d+)"[^>]*? show="([^"]*)"`, 'g'),
          ),
        ].flatMap(([, path = '', size, show = '']): Named[] => {
          const name = (path.split('.').at(-1) ?? '').replace(/_+$/, '');
          if (size === '0' && name !== 'packet') return [];
          const value = unescape(show).replace(/^::ffff:(?=\d+\.)/, '');
          return [[name, /^0x[0-9a-f]+$/.test(value) ? String(Number(value)) : value]];
        }),
      }),
    );
  });
}

const reason = obstacle();

describe.skipIf(reason !== undefined)(
  `dissectors${reason === undefined ? '' : ` (skipped: ${reason})`}`,
  () => {
    test.each(shippedProtocols())('tshark says of a real run in %s what our decoder says', async (name) => {
      const protocol = loadProtocol(name);
      const folder = tempFolder();
      const [script, capture] = [join(folder, `${name}.lua`), join(folder, 'run.pcap')];
      writeFileSync(script, dissector(protocol.description));
      const server = await Server.listen({ protocol, port: 0, hostName: 'lab-pc', greeting: 'welcome' });
      const { port } = server.local;
      const tcpdump = spawn(
        'tcpdump',
        ['-i', 'lo', '-U', '--immediate-mode', '-w', capture, `tcp port ${port}`],
        { stdio: ['ignore', 'ignore', 'pipe'] },
      );
      let notes = '';
      tcpdump.stderr.on('data', (chunk: Buffer) => (notes += chunk.toString()));
      await until('tcpdump listens', () => notes.includes('listening on'));

      const said: { port: number; fields: Named[] }[] = [];

      const last: { sent: Uint8Array; received: Uint8Array } = {
        sent: Buffer.alloc(0),
        received: Buffer.alloc(0),
      };
      async function joined(): Promise<Client> {
        const awaited: string[] = [];
        let heard = 0;
        const client: Client = await connect({
          host: '127.0.0.1',
          port,
          protocol,
          packets: {
            sent: (message, bytes) => {
              if (message.type.endsWith('.request')) awaited.push(operationOf(message.type));
              last.sent = bytes;
              said.push({ port: -1, fields: own(protocol, 'client', bytes, false, undefined) });
            },
            received: (message, bytes) => {
              last.received = Buffer.from(bytes);
              // Bytes of an opening that a packet ended are annotated alone.
              said.push({
                port,
                fields: own(protocol, 'server', Buffer.from(bytes), heard++ === 0, awaited[0]),
              });
              if (message.type.endsWith('.response')) awaited.shift();
            },
          },
        });
        return client;
      }
      const client = await joined();
      await Promise.all([client.time(), client.name(), client.list()]);
      const [me] = await client.list();
      await client.send(me?.id ?? 0, '你好, or in many segments: '.repeat(4));
      await expect(client.send(4_000_000, 'nobody')).rejects.toMatchObject({ code: 'unknown-client' });
      await client.time();
      await client.disconnect();
      await server.close(500);
      await until('the capture has the last packets', () => {
        const file = readFileSync(capture);
        return file.includes(last.sent) && file.includes(last.received);
      });
      tcpdump.kill('SIGINT');
      await once(tcpdump, 'exit');

      const pdml = execFileSync(
        'tshark',
        ['-r', capture, '-X', `lua_script:${script}`, '-d', `tcp.port==${port},${name}`, '-T', 'pdml'],
        { stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 64 * 1024 * 1024 },
      ).toString();
      const seen = theirs(name, pdml);
      for (const speaker of ['client', 'server'] as const) {
        // The packet's name stands where the dissector knew it, behind the header.
        const of = (list: typeof said, isServer: boolean): Named[][] =>
          list
            .filter((one) => (one.port === port) === isServer)
            .map(({ fields }) => [
              ...fields.filter(([label]) => label === 'packet'),
              ...fields.filter(([label]) => label !== 'packet'),
            ]);
        expect(of(seen, speaker === 'server')).toEqual(of(said, speaker === 'server'));
      }
      expect(seen.length).toBeGreaterThan(8);
    });
  },
);
