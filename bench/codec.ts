import { deepStrictEqual } from 'node:assert';
import { Writer } from '../src/bytes/index.ts';
import { clientId, epochMs, loadProtocol, type Message, requestNumber } from '../src/wire/index.ts';
import { decodeByHand, encodeByHand } from './codec-by-hand.ts';
import { machine, median } from './machine.ts';
import { publish, ROUNDS, tiny } from './publish.ts';

/**
 * `npm run bench:codec`: the codec that is compiled from clp's description against one written by hand: both in one
 * process, in turn, so that a busy machine slows both. The ratio of each pair's times is what counts (above 1: the
 * compiled one is faster), and its median. Exits 1 below 0.9.
 */

const REPEAT = tiny ? 2_000 : 20_000;
const protocol = loadProtocol('clp');
const request = requestNumber(7);
const from = clientId(3);
const address = '10.0.0.1';

const MESSAGES: Readonly<Record<string, Message>> = {
  'time.request': { type: 'time.request', request },
  'time.response': { type: 'time.response', request, time: epochMs(1_800_000_000_000) },
  'send.request': {
    type: 'send.request',
    request,
    to: from,
    toAddress: '',
    toPort: 0,
    text: 'see you at six, 你好',
  },
  'send.response': { type: 'send.response', request, outcome: 'delivered' },
  'deliver.indication': {
    type: 'deliver.indication',
    request,
    from,
    fromAddress: address,
    fromPort: 51402,
    text: 'x'.repeat(200),
  },
  'list.response (20)': {
    type: 'list.response',
    request,
    more: false,
    clients: Array.from({ length: 20 }, (_, i) => ({
      id: clientId(i),
      address: `10.0.0.${i + 1}`,
      port: 50_000 + i,
      name: `client ${i}`,
    })),
  },
};

function encodeRun(encode: (m: Message, w: Writer) => void, message: Message, repeat: number): void {
  const writer = new Writer(65_536);
  for (let i = 0; i < repeat; i++) {
    encode(message, writer);
    if (writer.length > 32_768) writer.clear();
  }
}

const compiledEncode = (m: Message, w: Writer): void => protocol.encode(m, w);

function compiledDecode(stream: Buffer, speaker: 'client' | 'server'): number {
  const decoder = protocol.decoder(speaker);
  decoder.push(stream);
  let count = 0;
  for (let next = decoder.next(); next.type !== 'need-more'; next = decoder.next()) {
    if (next.type === 'invalid') throw new Error(next.message);
    count++;
  }
  return count;
}

function handDecode(stream: Buffer): number {
  let at = 0;
  let count = 0;
  for (
    let next = decodeByHand(stream, at, stream.length);
    next;
    next = decodeByHand(stream, at, stream.length)
  ) {
    at = next.next;
    count++;
  }
  return count;
}

function time(run: () => void): number {
  const start = process.hrtime.bigint();
  run();
  return Number(process.hrtime.bigint() - start);
}

/** Ratios of hand to compiled, pair by pair; the order within a pair changes, so that neither always runs first. */
function ratios(compiled: () => void, hand: () => void): number[] {
  for (let i = 0; i < 3; i++) {
    compiled();
    hand();
  }
  return Array.from({ length: ROUNDS }, (_, round) => {
    if (round % 2 === 0) {
      const one = time(compiled);
      return time(hand) / one;
    }
    const other = time(hand);
    return other / time(compiled);
  });
}

const results: { readonly message: string; readonly encode: number; readonly decode: number }[] = [];
for (const [label, message] of Object.entries(MESSAGES)) {
  const [a, b] = [new Writer(), new Writer()];
  compiledEncode(message, a);
  encodeByHand(message, b);
  const one = Buffer.from(a.view());
  deepStrictEqual(one, Buffer.from(b.view()));
  deepStrictEqual(decodeByHand(one, 0, one.length)?.message, message);
  const repeat = label.startsWith('list') ? REPEAT / 10 : REPEAT;
  const stream = Buffer.concat(Array.from({ length: repeat }, () => one));
  const speaker = message.type.endsWith('.request') ? 'client' : 'server';
  const encode = median(
    ratios(
      () => encodeRun(compiledEncode, message, repeat),
      () => encodeRun(encodeByHand, message, repeat),
    ),
  );
  const decode = median(
    ratios(
      () => compiledDecode(stream, speaker),
      () => handDecode(stream),
    ),
  );
  results.push({ message: label, encode, decode });
}
const all = results.flatMap(({ encode, decode }) => [encode, decode]);
const mean = Math.exp(all.reduce((sum, each) => sum + Math.log(each), 0) / all.length);
publish({
  name: 'codec',
  machine: await machine(),
  versions: [],
  columns: ['packet', 'encode, by hand : compiled', 'decode, by hand : compiled'],
  rows: [
    ...results.map(({ message, encode, decode }) => [message, encode.toFixed(2), decode.toFixed(2)]),
    ['geometric mean of all', mean.toFixed(2), ''],
  ],
  results: { mean, packets: results },
});
process.exitCode = mean >= 0.9 ? 0 : 1;
