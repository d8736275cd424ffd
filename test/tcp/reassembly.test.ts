import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { analyse, Analyser, CaptureReader, FLAG, type Connection } from '../../src/tcp/index.ts';
import { oddCapture, pcapFile, tcpPacket, type WrittenPacket } from './odd-segments.ts';

/** Packets of one connection whose client begins at `isn`; data are bytes of `stream`. */
function conversation(
  isn: number,
  stream: Uint8Array,
  segments: readonly (readonly [number, number])[],
): Uint8Array {
  const packets: WrittenPacket[] = [];
  const put = (fields: {
    fromA: boolean;
    seq: number;
    ack: number;
    flags: number;
    data?: Uint8Array;
  }): void => {
    const data = fields.data ?? new Uint8Array(0);
    const bytes = tcpPacket({
      ...fields,
      seq: fields.seq >>> 0,
      ack: fields.ack >>> 0,
      portA: 5000,
      portB: 80,
      window: 60_000,
      length: data.length,
    });
    bytes.set(data, bytes.length - data.length);
    packets.push({ atNs: packets.length * 1000, bytes });
  };
  put({ fromA: true, seq: isn, ack: 0, flags: FLAG.syn });
  put({ fromA: false, seq: 77, ack: isn + 1, flags: FLAG.syn | FLAG.ack });
  put({ fromA: true, seq: isn + 1, ack: 78, flags: FLAG.ack });
  for (const [start, end] of segments) {
    put({
      fromA: true,
      seq: isn + 1 + start,
      ack: 78,
      flags: FLAG.ack | FLAG.psh,
      data: stream.slice(start, end),
    });
  }
  return pcapFile(packets);
}

function only(file: Uint8Array): Connection {
  const [connection] = analyse(file).connections;
  if (connection === undefined) throw new Error('no connection');
  return connection;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const letters = new TextEncoder().encode('abcdefghijklmnopqrstuvwxyz');

describe('reassembly', () => {
  test('in order: bytes and the frames that carried them', () => {
    const { directions } = only(
      conversation(100, letters, [
        [0, 3],
        [3, 10],
        [10, 26],
      ]),
    );
    const [client] = directions;
    expect(text(client.streamBytes().bytes)).toBe('abcdefghijklmnopqrstuvwxyz');
    expect(client.framesOf(0, 3)).toEqual([4]);
    expect(client.framesOf(2, 2)).toEqual([4, 5]);
    expect(client.framesOf(9, 2)).toEqual([5, 6]);
    expect(client.framesOf(26, 5)).toEqual([]);
  });

  test('repeated, overlapping, out of order: each byte once, cited by the frame that brought it first', () => {
    const { directions, segments } = only(
      conversation(100, letters, [
        [5, 10],
        [0, 3],
        [2, 7],
        [0, 26],
        [5, 10],
      ]),
    );
    const [client] = directions;
    expect(text(client.streamBytes().bytes)).toBe('abcdefghijklmnopqrstuvwxyz');
    expect(segments.slice(3).map(({ newBytes }) => newBytes)).toEqual([5, 3, 2, 16, 0]);
    expect([0, 3, 5, 10].map((offset) => client.framesOf(offset, 1)[0])).toEqual([5, 6, 4, 7]);
    expect([client.retransmittedSegments, client.retransmittedBytes, client.bytes]).toEqual([
      3,
      3 + 10 + 5,
      26,
    ]);
    // Frame 8 repeats what frame 4 brought.
    expect(segments.at(-1)?.repeats).toBe(4);
  });

  test('a hole stays a hole and is named', () => {
    const { directions } = only(
      conversation(100, letters, [
        [0, 4],
        [10, 26],
      ]),
    );
    const { bytes, missing } = directions[0].streamBytes();
    // The handshake is frames 1 to 3.
    expect(directions[0].gaps).toEqual([{ offset: 4, length: 6, acknowledged: false, nextFrame: 5 }]);
    expect(missing).toEqual([{ offset: 4, length: 6 }]);
    expect(text(bytes).replaceAll('\0', '_')).toBe('abcd______klmnopqrstuvwxyz');
  });

  test('any order, any overlaps, sequence numbers that wrap: the stream is what was sent', () => {
    const slices = fc.array(fc.tuple(fc.nat(300), fc.nat(40)), { maxLength: 30 });
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 300 }),
        fc.oneof(fc.constant(0xffffff80), fc.constant(0xffffffff), fc.integer({ min: 0, max: 0xffffffff })),
        slices,
        fc.array(fc.nat(), { minLength: 60, maxLength: 60 }),
        (stream, isn, extra, order) => {
          // Consecutive pieces that cover all, and any others; then shuffled.
          const pieces: [number, number][] = [];
          for (let at = 0; at < stream.length; at += 13) pieces.push([at, Math.min(at + 13, stream.length)]);
          for (const [start, length] of extra) {
            const from = start % stream.length;
            pieces.push([from, Math.min(stream.length, from + 1 + length)]);
          }
          const keyed = pieces.map((piece, i) => ({ piece, key: order[i] ?? i }));
          keyed.sort((a, b) => a.key - b.key);
          const connection = only(
            conversation(
              isn,
              stream,
              keyed.map(({ piece }) => piece),
            ),
          );
          const [client] = connection.directions;
          expect([...client.streamBytes().bytes]).toEqual([...stream]);
          expect(client.gaps).toEqual([]);
          expect(client.bytes).toBe(stream.length);
        },
      ),
    );
  });
});

describe('a stream of packets, of which nothing is kept,', () => {
  test('says the same of each connection as an analysis that keeps everything', () => {
    const capture = oddCapture(11, 60);
    const say = ({ id, directions, close, ends, completeness }: Connection): unknown => ({
      id,
      close,
      ends,
      completeness,
      directions: directions.map(({ segments, bytes, retransmittedBytes, gaps }) => [
        segments,
        bytes,
        retransmittedBytes,
        gaps,
      ]),
    });
    const kept = analyse(capture).connections.map(say);
    const streamed: { id: number; said: unknown }[] = [];
    const notes: number[] = [];
    const analyser = new Analyser({
      keep: false,
      onSegment: (_, segment) => notes.push(segment.notes),
      onConnectionEnd: (connection) => streamed.push({ id: connection.id, said: say(connection) }),
    });
    const reader = new CaptureReader();
    for (const packet of reader.push(capture)) analyser.packet(packet);
    reader.end();
    expect(analyser.end(reader).connections).toEqual([]);
    expect(streamed.sort((a, b) => a.id - b.id).map(({ said }) => said)).toEqual(kept);
    const all = analyse(capture).connections.flatMap(({ segments }) => segments);
    expect(notes).toEqual(all.sort((a, b) => a.frame - b.frame).map((segment) => segment.notes));
  });
});
