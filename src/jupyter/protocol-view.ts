/** A protocol as a notebook shows it: its page, what is weak about it, the bytes of its messages. */
import { Buffer } from 'node:buffer';
import { hexdump, KitError, Writer } from '../bytes/index.ts';
import type { Language } from '../check/index.ts';
import { shownAs } from '../repl/index.ts';
import {
  compileProtocol,
  dissector,
  findingsOf,
  findingsText,
  isMessageType,
  loadProtocol,
  type Message,
  type Protocol,
  protocolPage,
} from '../wire/index.ts';
import { displayedAs } from './mime.ts';

/** A name, a path, or the description itself: whatever has a line end is taken for the latter. */
export function openProtocol(nameOrYaml: string): Protocol {
  return nameOrYaml.includes('\n') ? compileProtocol(nameOrYaml, 'protocol') : loadProtocol(nameOrYaml);
}

export function protocolView(protocol: Protocol, language: Language): object {
  const { description } = protocol;
  // Without the remark in front that is for files.
  const page = (): string => protocolPage(description, language).replace(/^<!--.*?-->\s*/, '');
  const weak = findingsText(protocol.name, findingsOf(description), language);
  const view = {
    name: protocol.name,
    protocol,
    findings: shownAs({ text: weak }, () => weak),
    dissector: shownAs({ lua: dissector(description) }, () => dissector(description)),
    /** A message's bytes: `bytes({ type: 'time.request', request: 1 })`. */
    bytes: (message: Message) => {
      if (!isMessageType(message.type)) {
        throw new KitError('bad-message', `there is no message ${String(message.type)}`, { fault: 'usage' });
      }
      const writer = new Writer();
      protocol.encode(message, writer);
      return bytesView(protocol, Buffer.from(writer.view()));
    },
    /** Feeds bytes, in the pieces given, to the receiver of what the client sends; gives what it makes of them. */
    decode: (...pieces: readonly Uint8Array[]) => {
      const decoder = protocol.decoder('client');
      return pieces.map((piece, at) => {
        decoder.push(Buffer.from(piece));
        const found: string[] = [];
        for (;;) {
          const next = decoder.next();
          if (next.type === 'need-more') break;
          found.push(next.type === 'invalid' ? `invalid: ${next.message}` : next.type);
          if (next.type === 'invalid') break;
        }
        return { read: at + 1, bytes: piece.length, messages: found.join(', ') || 'need more' };
      });
    },
  };
  shownAs(view, page);
  return displayedAs(view, () => ({ 'text/plain': page(), 'text/markdown': page() }));
}

function bytesView(protocol: Protocol, bytes: Buffer): Buffer {
  const text = hexdump(bytes);
  return displayedAs(bytes, () => ({ 'text/plain': `${protocol.name}, ${bytes.length} bytes\n${text}` }));
}
