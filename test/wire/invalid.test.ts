import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { expect, test } from 'vitest';
import { type InvalidReason, loadProtocol, type Speaker } from '../../src/wire/index.ts';
import { byteByByte, decodeChunks, everyCut } from './stream.ts';

interface Case {
  readonly name: string;
  readonly from: Speaker;
  readonly bytes: string;
  readonly reason: InvalidReason;
  readonly offset: number;
  readonly message: string;
}

const cases = load(readFileSync(new URL('./invalid-clp.yaml', import.meta.url), 'utf8')) as Case[];

test.each(cases)('$name', ({ from, bytes: hex, reason, offset, message }) => {
  const bytes = Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
  const protocol = loadProtocol('clp');
  for (const chunks of [[bytes], byteByByte(bytes), ...everyCut(bytes)]) {
    const { heard, end } = decodeChunks(protocol, from, chunks);
    const last = heard.at(-1)?.answer;
    const invalid = last?.type === 'invalid' ? last : end;
    expect(invalid).toMatchObject({ type: 'invalid', reason, offset, message });
  }
});
