/** A protocol as a notebook shows it: its page, what is weak about it, the bytes of its messages. */
import { Buffer } from 'node:buffer';
import { hexdump, inLanguage, KitError, text, Writer } from '../bytes/index.ts';
import type { Language } from '../check/index.ts';
import { shownAs } from '../repl/index.ts';
import {
  annotate,
  compileProtocol,
  dissector,
  findingsOf,
  findingsText,
  isMessageType,
  loadProtocol,
  packetDiagram,
  type Message,
  type Protocol,
  protocolPage,
  stateOf,
} from '../wire/index.ts';
import { dissected } from './dissected.ts';
import { findingsHtml } from './findings-view.ts';
import { displayedAs } from './mime.ts';
import { CaptureView } from './capture-view.ts';
import { TraceView } from './trace-view.ts';

/** A name, a path, or the description itself: whatever has a line end is taken for the latter. */
export function openProtocol(nameOrYaml: string): Protocol {
  return nameOrYaml.includes('\n') ? compileProtocol(nameOrYaml, 'protocol') : loadProtocol(nameOrYaml);
}

const views = new WeakMap<object, Protocol>();

/** The protocol that a cell's `protocol(…)` shows. */
export const protocolOf = (view: unknown): Protocol | undefined =>
  typeof view === 'object' && view !== null ? views.get(view) : undefined;

export function protocolView(protocol: Protocol, language: Language): object {
  const { description } = protocol;
  // Without the remark in front that is for files.
  const page = (): string => protocolPage(description, language).replace(/^<!--.*?-->\s*/, '');
  const found = findingsOf(description);
  const weak = findingsText(protocol.name, found, language);
  const view = {
    name: protocol.name,
    protocol,
    findings: displayedAs(
      shownAs({ text: weak }, () => weak),
      () => ({
        'text/plain': weak,
        'text/html': findingsHtml(found, weak, language),
      }),
    ),
    dissector: shownAs({ lua: dissector(description) }, () => dissector(description)),
    /** A message's bytes: `bytes({ type: 'time.request', request: 1 })`. */
    bytes: (message: Message) => {
      if (!isMessageType(message.type)) {
        throw new KitError(
          'bad-message',
          text(`there is no message ${String(message.type)}`, `没有消息 ${String(message.type)}`),
          {
            fault: 'usage',
          },
        );
      }
      const writer = new Writer();
      protocol.encode(message, writer);
      return bytesView(protocol, message, Buffer.from(writer.view()));
    },
    /** A packet as the RFCs draw one, `diagram('time.response')`; without a name the header. */
    diagram: (type?: string) => {
      const drawn = packetDiagram(description, type);
      if (drawn !== undefined) return displayedAs({ text: drawn }, () => ({ 'text/plain': drawn }));
      const known = description.packets.map((packet) => packet.type).join(', ');
      throw new KitError(
        'no-packet',
        text(`${protocol.name} has no packet ${String(type)}`, `${protocol.name} 没有分组 ${String(type)}`),
        {
          fault: 'usage',
          hint: text(`It has ${known}.`, `它有 ${known}。`),
        },
      );
    },
    /** A capture, read by the dissector. */
    dissect: (capture: unknown) => {
      const trace = capture instanceof CaptureView ? capture.view : capture;
      if (trace instanceof TraceView) return dissected(protocol, trace, language);
      throw new KitError('wrong-call', text('dissect: it wants a capture', 'dissect：需要一次抓包'), {
        fault: 'usage',
      });
    },
    /**
     * Feeds bytes, in the pieces given, to the receiver of what the client sends; gives what it makes of them.
     * `decode('server', …)`: what the server sends.
     */
    decode: (...given: readonly (Uint8Array | 'client' | 'server')[]) => {
      const from = given[0] === 'server' ? 'server' : 'client';
      const pieces = given.filter((one) => typeof one !== 'string');
      const decoder = protocol.decoder(from);
      const unfinished = language === 'zh' ? '（还不完整）' : 'need more';
      return pieces.map((piece, at) => {
        decoder.push(Buffer.from(piece));
        const found: string[] = [];
        for (;;) {
          const next = decoder.next();
          if (next.type === 'need-more') break;
          found.push(next.type === 'invalid' ? `invalid: ${inLanguage(next.words, language)}` : next.type);
          if (next.type === 'invalid') break;
        }
        return { read: at + 1, bytes: piece.length, messages: found.join(', ') || unfinished };
      });
    },
  };
  views.set(view, protocol);
  shownAs(view, page);
  return displayedAs(view, () => ({ 'text/plain': page(), 'text/markdown': page() }));
}

/** The bytes, each beside the field that it belongs to. */
function bytesView(protocol: Protocol, message: Message, bytes: Buffer): Buffer {
  const speaker = message.type.endsWith('.request') ? 'client' : 'server';
  const { spans } = annotate(protocol, speaker, bytes, stateOf(message.type));
  const text = hexdump(bytes, { fields: spans });
  return displayedAs(bytes, () => ({ 'text/plain': `${protocol.name}, ${bytes.length} bytes\n${text}` }));
}
