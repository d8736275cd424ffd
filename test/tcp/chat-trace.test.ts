/** What two speak in a chat protocol: the JSON that a stream writes in parts is that of the strings made afterwards. */
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chatProtocol } from '../../src/check/index.ts';
import { analyse, CaptureReader, traceJson, TraceStream, type Language } from '../../src/tcp/index.ts';
import { loadProtocol } from '../../src/wire/index.ts';
import { bytesOf } from '../net/support/raw.ts';
import { messagesOf } from '../wire/arbitraries.ts';
import { captureOfTurns } from './turns.ts';

const clp = loadProtocol('clp');
const options = { protocols: [chatProtocol(clp)] };

function streamed(capture: Uint8Array, language: Language): string {
  const parts: Buffer[] = [];
  const reader = new CaptureReader();
  const write = (part: string | Uint8Array): number => parts.push(Buffer.from(part));
  const stream = new TraceStream(reader, { ...options, format: 'json', title: '', language, write });
  for (const packet of reader.push(capture)) stream.packet(packet);
  reader.end();
  stream.end(reader);
  return Buffer.concat(parts).toString();
}

/** Up to seven in one segment: of more than four not all are told in full. */
const turn = (speaker: 'client' | 'server'): fc.Arbitrary<Uint8Array> =>
  fc
    .array(messagesOf(clp.description, speaker), { minLength: 1, maxLength: 7 })
    .map((messages) => bytesOf(messages));
const turns = fc
  .array(fc.tuple(turn('client'), turn('server')), { minLength: 1, maxLength: 6 })
  .map((pairs) => pairs.flat());

test.each(['en', 'zh'] as const)('any messages, in %s', (language) => {
  fc.assert(
    fc.property(turns, (payloads) => {
      const capture = captureOfTurns(5264, payloads);
      const told = JSON.parse(streamed(capture, language)) as { connections: { messages: unknown[] }[] };
      expect(told.connections[0]?.messages.length).toBeGreaterThan(1);
      expect(told).toEqual(JSON.parse(JSON.stringify(traceJson(analyse(capture, options), { language }))));
    }),
    { numRuns: 60 },
  );
});
