/**
 * Jupyter's messages on the wire: identities, a delimiter, an HMAC, then header, parent header, metadata and content as
 * JSON texts (https://jupyter-client.readthedocs.io/en/stable/messaging.html, "The Wire Protocol").
 */
import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { english, KitError } from '../bytes/index.ts';

export const PROTOCOL_VERSION = '5.3';

const HEADER = z.looseObject({ msg_id: z.string(), msg_type: z.string(), session: z.string() });
export type Header = z.infer<typeof HEADER>;

export interface Received {
  readonly identities: readonly Uint8Array[];
  readonly header: Header;
  readonly content: unknown;
}

export interface Outgoing {
  /** Addressees for a router socket; the topic for iopub. */
  readonly identities: readonly (Uint8Array | string)[];
  readonly type: string;
  readonly parent: Header | undefined;
  readonly content: object;
  readonly metadata?: object;
}

const DELIMITER = '<IDS|MSG>';
/** A front end may repeat a message after a lost connection; a copy by somebody else is refused. */
const SEEN_LIMIT = 65_536;

/** Signs what goes out and believes only what is signed; an empty key means that nobody signs. */
export class Signer {
  readonly #key: string;
  readonly #session = randomUUID();
  readonly #seen = new Set<string>();

  constructor(key: string) {
    this.#key = key;
  }

  /** Throws KitError `bad-signature` or `bad-message` (peer): the caller drops the message and says so in its log. */
  read(frames: readonly Uint8Array[]): Received {
    const at = frames.findIndex((frame) => text(frame) === DELIMITER);
    const [signature, header, parent, metadata, content] = at < 0 ? [] : frames.slice(at + 1);
    if (!signature || !header || !parent || !metadata || !content) throw bad('a frame is missing');
    this.#verify(text(signature), [header, parent, metadata, content]);
    const parsed = HEADER.safeParse(json(header));
    if (!parsed.success) throw bad('the header is none');
    return { identities: frames.slice(0, at), header: parsed.data, content: json(content) };
  }

  write({ identities, type, parent, content, metadata = {} }: Outgoing): (Uint8Array | string)[] {
    const header = {
      msg_id: randomUUID(),
      session: this.#session,
      username: 'kernel',
      date: new Date().toISOString(),
      msg_type: type,
      version: PROTOCOL_VERSION,
    };
    const parts = [header, parent ?? {}, metadata, content].map((part) => JSON.stringify(part));
    return [...identities, DELIMITER, this.#sign(parts), ...parts];
  }

  #verify(signature: string, parts: readonly Uint8Array[]): void {
    if (this.#key === '') return;
    const wanted = Buffer.from(this.#sign(parts));
    const given = Buffer.from(signature);
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted) || this.#seen.has(signature)) {
      throw new KitError('bad-signature', english('a message is not signed with this kernel’s key'), {
        fault: 'peer',
      });
    }
    this.#seen.add(signature);
    if (this.#seen.size > SEEN_LIMIT) for (const oldest of this.#seen) return void this.#seen.delete(oldest);
  }

  #sign(parts: readonly (Uint8Array | string)[]): string {
    if (this.#key === '') return '';
    const hmac = createHmac('sha256', this.#key);
    for (const part of parts) hmac.update(part);
    return hmac.digest('hex');
  }
}

const text = (frame: Uint8Array): string => Buffer.from(frame).toString('utf8');

function json(frame: Uint8Array): unknown {
  try {
    return JSON.parse(text(frame)) as unknown;
  } catch (cause) {
    throw new KitError('bad-message', english('a part of the message is no JSON'), { fault: 'peer', cause });
  }
}

function bad(why: string): KitError {
  return new KitError('bad-message', english(`not a Jupyter message: ${why}`), { fault: 'peer' });
}
