/** What the wire shows of one connection: frames, the ladder around them, and bytes with the place marked. */
import { hexdump, safeText } from '../../bytes/index.ts';
import { packetsOf, type WirePacket } from '../../check/index.ts';
import type { Connection } from '../../tcp/index.ts';
import type { Invalid, Protocol } from '../../wire/index.ts';
import { drawn } from '../peers/witnesses.ts';

export interface Exhibit {
  readonly frames: readonly number[];
  readonly ladder: string | null;
  readonly bytes: string | null;
}

export const NO_EXHIBIT: Exhibit = { frames: [], ladder: null, bytes: null };

/** One side of a connection, read by the protocol. */
export interface Spoken {
  readonly packets: readonly WirePacket[];
  /** Where it stops being packets; a packet that is cut by the end of the stream stops it, too. */
  readonly stopped: Invalid | undefined;
}

export interface Talk {
  readonly connection: Connection;
  readonly client: Spoken;
  readonly server: Spoken;
}

export const talkOf = (connection: Connection, protocol: Protocol): Talk => ({
  connection,
  client: packetsOf(connection, 0, protocol),
  server: packetsOf(connection, 1, protocol),
});

const BEFORE = 16;
const AFTER = 48;
const MOST = 96;

/** One side's bytes with a place marked: where they are no packet, above all. */
export function brokenBytes(
  talk: Talk,
  who: 'client' | 'server',
  { offset, reason }: { readonly offset: number; readonly reason: string },
): Exhibit {
  const direction = talk.connection.directions[who === 'client' ? 0 : 1];
  const stream = direction.streamBytes().bytes;
  const start = Math.max(0, offset - BEFORE);
  return {
    frames: [...direction.framesOf(Math.min(offset, Math.max(0, stream.length - 1)), 1)],
    ladder: drawn(talk.connection, ['client', 'server']),
    bytes: hexdump(stream.subarray(start, offset + AFTER), {
      base: start,
      fields: [
        {
          offset: Math.min(offset, Math.max(0, stream.length - 1)) - start,
          length: 1,
          label: `<- byte ${offset} from the ${who}: ${safeText(reason)}`,
        },
      ],
    }),
  };
}

/** A packet that was sent, as it passed. */
export const packetShown = (talk: Talk, { frames, bytes, message }: WirePacket): Exhibit => ({
  frames: [...frames],
  ladder: drawn(talk.connection, ['client', 'server']),
  bytes: hexdump(bytes.subarray(0, MOST), {
    fields: [{ offset: 0, length: Math.min(bytes.length, MOST), label: message.type }],
  }),
});

/** The last of the connection: nothing that one could point at was sent. */
export const lastShown = (talk: Talk): Exhibit => ({
  frames: [talk.connection.lastFrame],
  ladder: drawn(talk.connection, ['client', 'server']),
  bytes: null,
});
