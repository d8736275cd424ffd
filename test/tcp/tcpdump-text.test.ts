import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { analyse, analyseText, readTcpdumpText, type Analysis } from '../../src/tcp/index.ts';
import { testUnless } from '../helpers/skip.ts';

const folder = fileURLToPath(new URL('../fixtures/captures/', import.meta.url));
const scenes = readdirSync(folder).filter((name) => name.endsWith('.pcap'));
const fixture = (name: string): string => readFileSync(`${folder}${name}`, 'utf8');

const whyNoTcpdump =
  spawnSync('tcpdump', ['--version']).status === 0 ? undefined : 'tcpdump is not installed';

/** What both readers must agree on. Names stand for numbers without `-n`, and then addresses are not compared. */
function essence(analysis: Analysis, exactSeq: boolean): unknown[] {
  return analysis.connections.flatMap((connection) =>
    connection.segments.map((segment) => ({
      connection: connection.id,
      frame: segment.frame,
      side: segment.side,
      us: Math.round(segment.atNs / 1000),
      // Without -vv tcpdump leaves the number of an empty segment out; a keep-alive's cannot be known then.
      seq: exactSeq || segment.payloadLength > 0 ? segment.seq : undefined,
      ack: segment.ack,
      flags: segment.flags,
      window: segment.window,
      length: segment.payloadLength,
      options: [segment.mss, segment.windowShift, segment.sackPermitted, segment.tsVal, segment.tsEcr],
    })),
  );
}

const FLAGS = [
  ['-nn'],
  ['-nn', '-v'],
  ['-nn', '-vv'],
  ['-nn', '-S'],
  ['-nn', '-tt'],
  ['-nn', '-ttt'],
  ['-nn', '-tttt'],
  ['-nn', '-ttttt'],
  ['-nn', '-e'],
  ['-nn', '-x'],
  ['-nn', '-X'],
  ['-nn', '-xx'],
  ['-nn', '-XX', '-vv'],
  ['-X'],
  ['-vv'],
];

describe('tcpdump’s own text of a capture gives the same segments as the capture', () => {
  for (const flags of FLAGS) {
    testUnless(whyNoTcpdump, flags.join(' '), () => {
      for (const name of scenes) {
        const file = `${folder}${name}`;
        const text = spawnSync('tcpdump', ['-r', file, ...flags], { encoding: 'utf8' }).stdout;
        const exact = flags.some((flag) => /^-(vv|x|X|xx|XX)$/.test(flag));
        const expected = essence(analyse(readFileSync(file)), exact);
        expect(essence(analyseText(text), exact), `${name} ${flags.join(' ')}`).toEqual(expected);
      }
    });
  }
});

describe('text as people paste it', () => {
  const whole = fixture('netcat-any.tcpdump-XX-vv.txt');
  const plain = readTcpdumpText(whole);

  const same = (text: string): void => {
    const numbers = ({ segments }: typeof plain): unknown =>
      segments.map(({ seq, ack, flags, payloadLength }) => [seq, ack, flags, payloadLength]);
    expect(numbers(readTcpdumpText(text))).toEqual(numbers(plain));
  };

  test('the bytes past the IP length are not payload', () => {
    // 92 bytes are printed of the first packet: 16 of the cooked header, 60 of IP, 16 of nothing.
    expect(plain.segments.map(({ payloadLength }) => payloadLength)).toEqual([0, 0, 0, 2, 0, 0, 0, 0]);
    expect(new TextDecoder().decode(plain.segments[3]?.payload())).toBe('q\n');
    expect(plain.problems.map(({ code }) => code)).toEqual(['bytes-past-ip']);
  });

  test('with a prompt, prose and a fence around it', () => {
    same(
      `Here is what I saw:\n\n\`\`\`\n$ sudo tcpdump -i any -XX -nn -vv port 12345\n${whole}\`\`\`\n8 packets captured\n`,
    );
  });

  test('quoted, with Windows line ends', () => {
    same(whole.replace(/^/gm, '> ').replaceAll('\n', '\r\n'));
  });

  test('with remarks glued behind lines', () => {
    same(whole.replaceAll(/length (\d+)$/gm, 'length $1 <- look: 0x1234 > here'));
  });

  test('an excerpt shown again is counted once, and said so', () => {
    const excerpt = whole.split('\n').slice(20, 36).join('\n');
    same(`${whole}\nThe interesting part again:\n${excerpt}\n`);
    const { problems } = readTcpdumpText(`${whole}\n${excerpt}\n`);
    expect(problems.map(({ code }) => code)).toContain('repeated-excerpt');
  });

  test('a cut end keeps what is whole', () => {
    const { segments } = readTcpdumpText(whole.slice(0, whole.length - 120));
    expect(segments).toHaveLength(8);
  });

  test('headers alone, in the form before 2007: numbers are made absolute again', () => {
    const { segments } = readTcpdumpText(fixture('http-keepalive.tcpdump-old.txt'));
    expect(segments).toHaveLength(11);
    // Frame 8: `. ack 1303`, after the SYN-ACK said 261066897 and the SYN 3718379515.
    expect(segments[7]).toMatchObject({ seq: 3_718_379_515 + 612, ack: 261_066_897 + 1303, window: 64_233 });
    // Frame 10: `Fin 1303:1303(0) ack 613`.
    expect(segments[9]).toMatchObject({ seq: 261_066_897 + 1303, ack: 3_718_379_515 + 613, flags: 0x11 });
  });

  test('letters of the form before 2007, a range with length, fragments of prose', () => {
    const text = [
      'The client a > b: S was sent',
      '12:00:00.000001 10.0.0.1.1025 > 10.0.0.2.80: S 100:100(0) win 512 <mss 1460>',
      '12:00:00.000101 10.0.0.2.80 > 10.0.0.1.1025: S 900:900(0) ack 101 win 512 <mss 1460> (DF)',
      '12:00:00.000201 10.0.0.1.1025 > 10.0.0.2.80: . ack 1 win 512',
      '12:00:00.000301 10.0.0.1.1025 > 10.0.0.2.80: FP 1:6(5) ack 1 win 512',
      '12:00:00.000401 10.0.0.2.80 > 10.0.0.1.1025: R 901:901(0) win 0',
    ].join('\n');
    expect(
      readTcpdumpText(text).segments.map(({ seq, ack, flags, payloadLength }) => [
        seq,
        ack,
        flags,
        payloadLength,
      ]),
    ).toEqual([
      [100, 0, 0x02, 0],
      [900, 101, 0x12, 0],
      [101, 901, 0x10, 0],
      [101, 901, 0x19, 5],
      [901, 0, 0x04, 0],
    ]);
  });

  test('any text, and the samples with any cut and change, never throw', () => {
    const samples = readdirSync(folder)
      .filter((name) => name.endsWith('.txt'))
      .map((name) => fixture(name).slice(0, 6000));
    const changed = fc
      .tuple(
        fc.constantFrom(...samples),
        fc.array(fc.tuple(fc.nat(6000), fc.string({ maxLength: 20 })), { maxLength: 8 }),
      )
      .map(([sample, cuts]) =>
        cuts.reduce((text, [at, put]) => text.slice(0, at) + put + text.slice(at + put.length), sample),
      );
    fc.assert(
      fc.property(fc.oneof(changed, fc.string({ unit: 'binary' })), (text) => {
        analyseText(text);
      }),
      { numRuns: 200 },
    );
  });
});
