import { open } from 'node:fs/promises';
import { constants, createGunzip } from 'node:zlib';
import { Readable } from 'node:stream';
import { Command, InvalidArgumentError, Option } from 'commander';
import { KitError, text } from '../bytes/index.ts';
import { chatProtocol } from '../check/index.ts';
import {
  CaptureReader,
  FASTCGI,
  HTTP,
  looksLikeCapture,
  looksLikeTcpdump,
  readTcpdumpText,
  TRACE_FORMATS,
  TraceStream,
  type AppProtocol,
  type Language,
  type TraceFormat,
  type TraceStreamOptions,
} from '../tcp/index.ts';
import { openProtocol, shippedProtocols } from '../wire/index.ts';
import { keepHeapSmall } from './trace-memory.ts';

/** So many bytes tell a capture from text. */
const MAGIC_BYTES = 4;
/** How much of a long ladder is drawn: enough for the handshake and for the close. */
const ELIDE = { head: 24, tail: 12 };
/** Text of tcpdump is read as a whole; a larger one is not something that a person pasted. */
const MAX_TEXT = 256 * 1024 * 1024;

interface Flags {
  readonly format: TraceFormat;
  readonly protocol: readonly string[];
  readonly connection?: number;
  readonly all: boolean;
  readonly drops?: number;
  readonly lang: Language;
}

/** `chat-lab trace`: explains a capture, pcap or pcapng (gzip too) or tcpdump's text, from a file or standard input. */
export function traceCommand(): Command {
  return new Command('trace')
    .argument('<file>', 'the capture; - reads standard input')
    .addOption(new Option('--format <format>', 'what to print').choices(TRACE_FORMATS).default('text'))
    .option('--protocol <name|file>', 'look for this application protocol first (repeatable)', collect, [])
    .option(
      '--connection <number>',
      'only this connection, as numbered in Wireshark (tcp.stream)',
      wholeNumber,
    )
    .option('--all', 'tell and draw all of long connections', false)
    .option('--drops <count>', 'packets that the capture dropped (tcpdump’s closing line)', wholeNumber)
    .addOption(
      new Option('--lang <language>', 'the language of the account').choices(['en', 'zh']).default('en'),
    )
    .action(async (file: string, flags: Flags) => {
      keepHeapSmall();
      await trace(file, flags, await protocolsFor(flags.protocol));
    });
}

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('not a whole number');
  return Number(text);
}

/** Named ones first, then those that come with the kit, then what is recognised without being told. */
async function protocolsFor(names: readonly string[]): Promise<AppProtocol[]> {
  const chosen = names.length > 0 ? names : shippedProtocols();
  const opened = await Promise.all(chosen.map((name) => openProtocol(name)));
  return [HTTP, FASTCGI, ...opened.map((protocol) => chatProtocol(protocol))];
}

async function trace(file: string, flags: Flags, protocols: readonly AppProtocol[]): Promise<void> {
  const output = new Output();
  const options: TraceStreamOptions = {
    format: flags.format,
    protocols,
    language: flags.lang,
    title: file === '-' ? { en: 'standard input', zh: '标准输入' }[flags.lang] : file,
    write: (part) => output.add(part),
    ...(flags.all ? {} : { elide: ELIDE }),
    ...(flags.drops === undefined ? {} : { drops: flags.drops }),
    ...(flags.connection === undefined ? {} : { only: flags.connection }),
  };
  const text: Uint8Array[] = [];
  let size = 0;
  let reader: CaptureReader | undefined;
  let stream: TraceStream | undefined;
  for await (const chunk of opened(file)) {
    if (reader !== undefined && stream !== undefined) {
      feed(reader, stream, chunk);
      await output.flush();
      continue;
    }
    text.push(Uint8Array.from(chunk));
    size += chunk.length;
    if (size > MAX_TEXT) throw unreadable(file, 'the text is too long');
    const known = size - chunk.length >= MAGIC_BYTES;
    if (known || size < MAGIC_BYTES || !looksLikeCapture(joined(text))) continue;
    reader = new CaptureReader({ reuse: true });
    stream = new TraceStream(reader, options);
    feed(reader, stream, joined(text.splice(0)));
  }
  if (reader !== undefined && stream !== undefined) {
    reader.end();
    stream.end(reader);
  } else tracePasted(file, new TextDecoder().decode(joined(text)), options);
  await output.flush();
}

function feed(reader: CaptureReader, stream: TraceStream, chunk: Uint8Array): void {
  reader.add(chunk);
  for (let packet = reader.next(); packet !== undefined; packet = reader.next()) stream.packet(packet);
}

/** Text is read as a whole: an excerpt at its end may repeat a packet at its beginning. */
function tracePasted(file: string, text: string, options: TraceStreamOptions): void {
  if (!looksLikeTcpdump(text)) throw unreadable(file, 'it is neither a capture nor text of tcpdump');
  const capture = readTcpdumpText(text);
  const stream = new TraceStream(capture, options);
  for (const segment of capture.segments) stream.segment(segment);
  stream.end(capture);
}

/** Parts are put together into pieces of this size, which are used again when they are written. */
const OUTPUT_PIECE = 65_536;

/** Output that waits while whoever reads it is slow, so that it does not pile up here. */
class Output {
  readonly #free: Buffer[] = [];
  readonly #full: Buffer[] = [];
  #piece: Buffer = Buffer.allocUnsafeSlow(OUTPUT_PIECE);
  #used = 0;

  /** Copies the part. */
  add(part: string | Uint8Array): void {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    for (let at = 0; at < bytes.length;) {
      const count = Math.min(bytes.length - at, OUTPUT_PIECE - this.#used);
      this.#piece.set(count === bytes.length ? bytes : bytes.subarray(at, at + count), this.#used);
      this.#used += count;
      at += count;
      if (this.#used < OUTPUT_PIECE) break;
      this.#full.push(this.#piece);
      this.#piece = this.#free.pop() ?? Buffer.allocUnsafeSlow(OUTPUT_PIECE);
      this.#used = 0;
    }
  }

  async flush(): Promise<void> {
    for (const piece of this.#full) await written(piece);
    this.#free.push(...this.#full.splice(0));
    if (this.#used > 0) await written(this.#piece.subarray(0, this.#used));
    this.#used = 0;
  }
}

const written = (bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error ? reject(error) : resolve()));
  });

/** Large reads, and few of them; all into the same memory. */
const READ_BYTES = 262_144;
const GZIP = [0x1f, 0x8b];

/** The file's bytes, unpacked when they are gzip, however slowly they come; valid until the next are asked for. */
async function* opened(file: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    const read = file === '-' ? (process.stdin as AsyncIterable<Uint8Array>) : readThrough(file);
    const chunks = read[Symbol.asyncIterator]();
    const first = await chunks.next();
    if (first.done === true) return;
    const zipped = first.value[0] === GZIP[0] && first.value[1] === GZIP[1];
    const rest = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      // The unpacker reads ahead, into memory that must not be used again under its hands.
      for (let next: IteratorResult<Uint8Array> = first; next.done !== true; next = await chunks.next())
        yield zipped ? Uint8Array.from(next.value) : next.value;
    };
    if (!zipped) {
      yield* rest();
      return;
    }
    // A gzip file that is cut gives what is whole: hence the flush at its end, which does not insist on the trailer.
    const unpacker = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
    for await (const chunk of Readable.from(rest()).pipe(unpacker)) yield chunk as Uint8Array;
  } catch (error) {
    throw unreadable(file, error instanceof Error ? error.message : String(error), error);
  }
}

async function* readThrough(file: string): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await open(file);
  try {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, READ_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

function unreadable(file: string, why: string, cause?: unknown): KitError {
  return new KitError('unreadable-capture', text(`cannot read ${file}: ${why}`, `无法读取 ${file}：${why}`), {
    fault: 'usage',
    hint: text(
      'Give a pcap or pcapng file (gzip is fine), or what tcpdump printed, best with -nn -X.',
      '请给出 pcap 或 pcapng 文件（可以是 gzip），或 tcpdump 的文本输出（最好带 -nn -X）。',
    ),
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
