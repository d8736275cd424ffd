import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  analyseText,
  FASTCGI,
  traceText,
  HTTP,
  type AppMessage,
  type AppProtocol,
  type Side,
} from '../../src/tcp/index.ts';
import { readFileSync } from 'node:fs';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What a decoder says of both streams, each handed over in pieces cut at the given positions. */
function decode(
  protocol: AppProtocol,
  streams: readonly [string, string],
  cuts: readonly number[],
): AppMessage[] {
  const decoder = protocol.open();
  const messages: AppMessage[] = [];
  for (const side of [0, 1] as const) {
    const stream = bytesOf(streams[side]);
    const positions = [0, ...cuts.map((cut) => cut % (stream.length + 1)), stream.length].sort(
      (a, b) => a - b,
    );
    positions.slice(1).forEach((end, i) => {
      const start = positions[i] ?? 0;
      messages.push(...decoder.feed(side, stream.slice(start, end), start));
    });
    messages.push(...(decoder.end?.(side) ?? []));
  }
  return messages;
}

const brief = ({
  side,
  summary,
  offset,
  length,
  problem,
}: AppMessage): [Side, string, number, number, string?] =>
  problem === undefined ? [side, summary, offset, length] : [side, summary, offset, length, problem];

describe('HTTP/1.x', () => {
  const requests =
    'GET /a HTTP/1.1\r\nHost: x\r\n\r\nHEAD /b HTTP/1.1\r\n\r\nPOST /c HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc';
  const chunked =
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n2\r\n, \r\n0\r\nTrailer: t\r\n\r\n';
  const head = 'HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n';
  const untilEnd = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 404 Not Found\r\n\r\nall the rest';
  const streams = [requests, chunked + head + untilEnd] as const;

  test('pipelined requests; chunks; HEAD; 100; a body up to the end', () => {
    expect(decode(HTTP, streams, []).map(brief)).toEqual([
      [0, 'GET /a HTTP/1.1', 0, 28],
      [0, 'HEAD /b HTTP/1.1', 28, 20],
      [0, 'POST /c HTTP/1.1, 3 bytes of body', 48, 42],
      [1, 'HTTP/1.1 200 OK, 7 bytes of body in 2 chunks', 0, chunked.length],
      [1, 'HTTP/1.1 200 OK', chunked.length, head.length],
      [1, 'HTTP/1.1 100 Continue', chunked.length + head.length, 25],
      [1, 'HTTP/1.0 404 Not Found, 12 bytes of body', chunked.length + head.length + 25, 38],
    ]);
  });

  test('head and body are ranges of the message', () => {
    const [, , post] = decode(HTTP, streams, []);
    expect(post?.fields.filter(({ label }) => label === 'head' || label === 'body')).toEqual([
      { offset: 0, length: 39, label: 'head' },
      { offset: 39, length: 3, label: 'body' },
    ]);
  });

  test('cut anywhere, the messages are the same', () => {
    const whole = decode(HTTP, streams, []);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 60 }), (cuts) => {
        expect(decode(HTTP, streams, cuts)).toEqual(whole);
      }),
    );
    expect(decode(HTTP, streams, [...Array(400).keys()])).toEqual(whole);
  });

  test('a message cut by the end says so', () => {
    const [message] = decode(HTTP, ['POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc', ''], []);
    expect(message?.problem).toBe('the stream ends inside the message');
  });
});

describe('FastCGI', () => {
  test('the sample: records, parameters, stderr, counted by hand', () => {
    const file = new URL('../fixtures/captures/fastcgi-loopback.tcpdump-X.txt', import.meta.url);
    const { connections } = analyseText(readFileSync(file, 'utf8'), { protocols: [HTTP, FASTCGI] });
    const [connection] = connections;
    expect(connection?.protocol).toBe('FastCGI');
    // 16 + (8 + 674 + 6) + 8 + 8 = 720 and (8 + 3420 + 4) + (8 + 36 + 4) + 16 = 3496: the lengths of frames 4 and 6.
    expect(
      connection?.messages.map(({ name, offset, length, frames }) => [name, offset, length, frames]),
    ).toEqual([
      ['BEGIN_REQUEST', 0, 16, [4]],
      ['PARAMS', 16, 688, [4]],
      ['PARAMS', 704, 8, [4]],
      ['STDIN', 712, 8, [4]],
      ['STDERR', 0, 3432, [6]],
      ['STDOUT', 3432, 48, [6]],
      ['END_REQUEST', 3480, 16, [6]],
    ]);
    const fields = connection?.messages[1]?.fields ?? [];
    expect(fields.find(({ label }) => label === 'SERVER_SOFTWARE')?.value).toBe('nginx/1.8.1');
    expect(fields.find(({ label }) => label === 'HTTP_USER_AGENT')?.value).toMatch(
      /^curl\/7.19.7 .* libssh2\/1.4.2$/,
    );
  });

  test('a Chinese trace tells the records in Chinese; names and numbers stay', () => {
    const file = new URL('../fixtures/captures/fastcgi-loopback.tcpdump-X.txt', import.meta.url);
    const analysis = analyseText(readFileSync(file, 'utf8'), { protocols: [FASTCGI] });
    const zh = traceText(analysis, { language: 'zh' });
    expect(zh).toContain('PARAMS #1，21 个参数，共 674 字节');
    expect(zh).toContain('STDIN #1，空：流到此结束');
    expect(zh).not.toMatch(/parameters|the stream ends|application status \d|close the connection/);
    expect(traceText(analysis, { language: 'en' })).not.toMatch(/[一-龥]/);
  });
});

test.each([HTTP, FASTCGI])('$name: any bytes in any pieces never throw', (protocol) => {
  const start =
    protocol === HTTP
      ? bytesOf('POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n')
      : Uint8Array.of(1, 4, 0, 1, 0, 9, 0, 0);
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 }),
      fc.boolean(),
      (pieces, begun) => {
        const decoder = protocol.open();
        let offset = 0;
        for (const piece of begun ? [start, ...pieces] : pieces) {
          decoder.feed(0, piece, offset);
          offset += piece.length;
        }
        decoder.gap?.(0, offset, 10);
        decoder.end?.(0);
      },
    ),
  );
});
