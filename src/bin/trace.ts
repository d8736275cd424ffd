import { createReadStream } from 'node:fs';
import { constants, createGunzip } from 'node:zlib';
import { Readable } from 'node:stream';
import { Command, InvalidArgumentError, Option } from 'commander';
import { KitError } from '../bytes/index.ts';
import { chatProtocol } from '../check/index.ts';
import {
  Analyser,
  analyseText,
  CaptureReader,
  FASTCGI,
  HTTP,
  ladderOf,
  ladderMermaid,
  ladderSvg,
  looksLikeCapture,
  looksLikeTcpdump,
  noteNames,
  traceJson,
  traceMarkdown,
  traceText,
  type Analysis,
  type AppProtocol,
  type Connection,
  type TraceOptions,
} from '../tcp/index.ts';
import { loadProtocol, shippedProtocols } from '../wire/index.ts';

const FORMATS = ['text', 'md', 'mermaid', 'svg', 'json'] as const;
type Format = (typeof FORMATS)[number];
/** Text of tcpdump is read as a whole; a larger one is not something that a person pasted. */
const MAX_TEXT = 256 * 1024 * 1024;

interface Flags {
  readonly format: Format;
  readonly protocol: readonly string[];
  readonly connection?: number;
  readonly all: boolean;
  readonly drops?: number;
}

/** `chat-lab trace`: explains a capture, pcap or pcapng (gzip too) or tcpdump's text, from a file or standard input. */
export function traceCommand(): Command {
  return new Command('trace')
    .description('Explains a TCP capture: pcap, pcapng, either gzipped, or the text that tcpdump prints.')
    .argument('<file>', 'the capture; - reads standard input')
    .addOption(new Option('--format <format>', 'what to print').choices(FORMATS).default('text'))
    .option('--protocol <name|file>', 'look for this application protocol first (repeatable)', collect, [])
    .option(
      '--connection <number>',
      'only this connection, as numbered in Wireshark (tcp.stream)',
      wholeNumber,
    )
    .option('--all', 'draw every segment of long ladders', false)
    .option('--drops <count>', 'packets that the capture dropped (tcpdump’s closing line)', wholeNumber)
    .action(async (file: string, flags: Flags) => {
      const analysis = await analysed(file, protocolsFor(flags.protocol));
      process.stdout.write(`${rendered(analysis, file, flags).trimEnd()}\n`);
    });
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('not a whole number');
  return Number(text);
}

/** Named ones first, then those that come with the kit, then what is recognised without being told. */
function protocolsFor(names: readonly string[]): AppProtocol[] {
  const chosen = names.length > 0 ? names : shippedProtocols();
  return [HTTP, FASTCGI, ...chosen.map((name) => chatProtocol(loadProtocol(name)))];
}

async function analysed(file: string, protocols: readonly AppProtocol[]): Promise<Analysis> {
  const chunks = opened(file);
  const reader = new CaptureReader();
  const analyser = new Analyser({ protocols });
  const text: Uint8Array[] = [];
  let kind: 'unknown' | 'capture' | 'text' = 'unknown';
  let size = 0;
  for await (const chunk of chunks) {
    if (kind !== 'capture') {
      text.push(chunk);
      size += chunk.length;
      if (kind === 'unknown' && size >= 4) kind = looksLikeCapture(joined(text)) ? 'capture' : 'text';
      if (kind === 'text' && size > MAX_TEXT) throw unreadable(file, 'the text is too long');
      if (kind !== 'capture') continue;
      for (const packet of reader.push(joined(text))) analyser.packet(packet);
    } else for (const packet of reader.push(chunk)) analyser.packet(packet);
  }
  if (kind === 'capture') {
    reader.end();
    return analyser.end(reader);
  }
  const whole = new TextDecoder().decode(joined(text));
  if (!looksLikeTcpdump(whole)) throw unreadable(file, 'it is neither a capture nor text of tcpdump');
  return analyseText(whole, { protocols });
}

const GZIP = [0x1f, 0x8b];
// A gzip file that is cut gives what is whole: hence the flush at its end, which does not insist on the trailer.

/** The file's bytes, unpacked when they are gzip, however slowly they come. */
async function* opened(file: string): AsyncGenerator<Uint8Array, void, undefined> {
  const input: Readable = file === '-' ? process.stdin : createReadStream(file);
  try {
    const iterator = (input as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]();
    const first = await iterator.next();
    if (first.done === true) return;
    const rest = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      yield first.value;
      for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
        yield next.value;
    };
    if (first.value[0] !== GZIP[0] || first.value[1] !== GZIP[1]) {
      yield* rest();
      return;
    }
    for await (const chunk of Readable.from(rest()).pipe(
      createGunzip({ finishFlush: constants.Z_SYNC_FLUSH }),
    ))
      yield chunk as Uint8Array;
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error), error);
  }
}

function unreadable(file: string, why: string, cause?: unknown): KitError {
  return new KitError('unreadable-capture', `cannot read ${file}: ${why}`, {
    fault: 'usage',
    hint: 'Give a pcap or pcapng file (gzip is fine), or what tcpdump printed, best with -nn -X.',
    cause,
  });
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0] ?? new Uint8Array(0);
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

function rendered(whole: Analysis, file: string, flags: Flags): string {
  const analysis = flags.connection === undefined ? whole : only(whole, flags.connection);
  const options: TraceOptions = {
    ...(flags.all ? {} : { elide: { head: 24, tail: 12 } }),
    ...(flags.drops === undefined ? {} : { drops: flags.drops }),
  };
  switch (flags.format) {
    case 'text':
      return traceText(analysis, options);
    case 'md':
      return traceMarkdown(analysis, file === '-' ? 'standard input' : file, options);
    case 'json':
      return JSON.stringify(traceJson(analysis, options));
    case 'mermaid':
      return ladderMermaid(ladderOf(single(analysis), { ...options, notesOf: noteNames }));
    case 'svg':
      return ladderSvg(ladderOf(single(analysis), { ...options, notesOf: noteNames }));
  }
}

function only(analysis: Analysis, id: number): Analysis {
  const connections = analysis.connections.filter((connection) => connection.id === id);
  if (connections.length === 0) {
    throw new KitError('no-such-connection', `the capture has no connection ${id}`, {
      fault: 'usage',
      hint: `There are ${analysis.connections.length}, numbered from 0.`,
    });
  }
  return { ...analysis, connections };
}

/** A drawing shows one connection. */
function single({ connections }: Analysis): Connection {
  const [first, ...others] = connections;
  if (first === undefined || others.length > 0) {
    throw new KitError(
      'not-one-connection',
      `a drawing shows one connection; there are ${connections.length}`,
      {
        fault: 'usage',
        hint: 'Choose one with --connection NUMBER.',
      },
    );
  }
  return first;
}
