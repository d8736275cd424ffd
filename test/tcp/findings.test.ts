/** What a connection shows, how sure it is, and on which frames: for scenes of a real kernel and for cut ones. */
import stringWidth from 'string-width';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  analyse,
  Analyser,
  findingsOf,
  ladderMermaid,
  ladderOf,
  ladderSvg,
  ladderText,
  readCapture,
  type AppProtocol,
  type Connection,
  type Finding,
} from '../../src/tcp/index.ts';

const bytesOf = (scene: string): Uint8Array =>
  readFileSync(fileURLToPath(new URL(`../fixtures/captures/scene-${scene}.pcap`, import.meta.url)));

/** The scene's connection, of which the capture has only the frames that `keep` wants. */
function connectionOf(scene: string, keep: (frame: number) => boolean = () => true): Connection {
  const capture = readCapture(bytesOf(scene));
  const analyser = new Analyser();
  for (const packet of capture.packets) if (keep(packet.frame)) analyser.packet(packet);
  const [connection] = analyser.end(capture).connections;
  if (connection === undefined) throw new Error('no connection');
  return connection;
}

const brief = ({ kind, certainty, side, frames }: Finding): unknown[] => [kind, certainty, side, frames];
const find = (connection: Connection, kind: string, drops = 0): unknown =>
  findingsOf(connection, { drops })
    .filter((finding) => finding.kind === kind)
    .map(brief);

test('delayed ACK and Nagle: the small write waits for an ACK that waits for data', () => {
  const connection = connectionOf('nagle');
  // Frame 26 is `one`, 27 its ACK 42.7 ms later, 28 `twothree`.
  expect(find(connection, 'delayed-ack')).toEqual([['delayed-ack', 'inferred', 1, [27]]]);
  expect(find(connection, 'nagle')).toEqual([['nagle', 'inferred', 0, [28]]]);
  expect(new TextDecoder().decode(connection.segments[27]?.payload())).toBe('twothree');
});

test('neither is seen where answers come at once', () => {
  const kinds = findingsOf(connectionOf('exchange')).map(({ kind }) => kind);
  expect(kinds).toEqual(['handshake', 'close', 'time-wait']);
});

test('a capture that begins in the middle says so', () => {
  const connection = connectionOf('exchange', (frame) => frame > 6);
  expect(connection.initiatorKnown).toBe(false);
  expect(find(connection, 'late-start')).toEqual([['late-start', 'proven', undefined, [7]]]);
  expect(connection.segments[0]?.windowBytes).toBe(-1);
});

test('what the capture dropped and the receiver has is not called lost', () => {
  // Frame 4 carries the first question; later ACKs cover it.
  const connection = connectionOf('exchange', (frame) => frame !== 4);
  expect(find(connection, 'not-captured')).toEqual([['not-captured', 'proven', 0, [8]]]);
});

test('with known drops the shape of the close is only inferred', () => {
  expect(find(connectionOf('half-close'), 'close')).toEqual([['close', 'proven', 0, [6, 7, 10, 11]]]);
  expect(find(connectionOf('half-close'), 'close', 3)).toEqual([['close', 'inferred', 0, [6, 7, 10, 11]]]);
});

test('the FIN without its last ACK leaves the close unfinished', () => {
  expect(connectionOf('half-close', (frame) => frame < 11).close.shape).toBe('unfinished');
  expect(connectionOf('half-close', (frame) => frame < 10).close.shape).toBe('half-closed');
});

describe('a ladder', () => {
  const hostile: AppProtocol = {
    name: 'hostile',
    recognise: () => 'yes',
    open: () => ({
      feed: (side, bytes, offset) => [
        {
          side,
          name: 'x',
          summary: '\x1b[2J"><script>;#`|\n</svg>',
          offset,
          length: bytes.length,
          fields: [],
        },
      ],
    }),
  };
  const [connection] = analyse(bytesOf('exchange'), { protocols: [hostile] }).connections;
  if (connection === undefined) throw new Error('no connection');
  const ladder = ladderOf(connection, { elide: { head: 4, tail: 3 } });

  test('hides the middle and counts it', () => {
    expect(ladder.rungs).toHaveLength(4 + 1 + 3);
    expect(ladder.rungs[4]).toMatchObject({ kind: 'elided', firstFrame: 5, lastFrame: 15, segments: 11 });
    // Frames 5 to 15 are half of the questions and answers: 4 of 11 bytes to the server, 5 of 11 from it.
    expect(ladderText(ladder)).toContain('11 segments (5–15): → 5 with 44 bytes, ← 6 with 55 bytes');
  });

  test('in Chinese: its heads too, and both lanes stay straight, though characters are two columns wide', () => {
    const chinese = ladderOf(connection, { elide: { head: 4, tail: 3 }, language: 'zh' });
    const drawing = ladderSvg(chinese);
    expect(drawing.match(/[a-z]+(?=<\/(?:text|title)>)/g) ?? []).not.toEqual(
      expect.arrayContaining(['ms', 'frame']),
    );
    for (const word of ['毫秒', '帧', '客户端', '服务器']) expect(drawing).toContain(`>${word}</text>`);
    const [head = '', roles = '', states = '', ...rungs] = ladderText(chinese).split('\n');
    expect(head).toMatch(/^ +毫秒 +帧 {2}/);
    const column = (line: string, found: number): number => stringWidth(line.slice(0, found));
    const right = column(head, head.lastIndexOf(' ') + 1);
    expect(column(roles, roles.indexOf('服务器'))).toBe(right);
    expect(column(states, states.lastIndexOf(' ') + 1)).toBe(right);
    const across = rungs.filter((line) => /[│┊]$/.test(line) && /[─┊]/.test(line));
    expect(across).toHaveLength(8);
    // Names and states begin where the lane stands.
    expect(across.map((line) => stringWidth(line.slice(0, -1)))).toEqual(across.map(() => right));
  });

  test('does not let a peer’s bytes through', () => {
    for (const drawn of [ladderText(ladder), ladderMermaid(ladder), ladderSvg(ladder)])
      expect(drawn).not.toContain('\x1b');
    expect(ladderSvg(ladder)).not.toContain('<script');
    expect(ladderSvg(ladder).match(/<\/svg>/g)).toHaveLength(1);
    const lines = ladderMermaid(ladder).split('\n');
    expect(
      lines
        .filter((line) => line.includes('script'))
        .every((line) => !/[;`]|<script/.test(line.replaceAll(/#\d+;/g, ''))),
    ).toBe(true);
  });
});
