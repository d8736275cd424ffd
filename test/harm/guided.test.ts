import { compileFunction } from 'node:vm';
import { expect, test } from 'vitest';
import { loadProtocol, shippedProtocols } from '../../src/wire/index.ts';
import { decodeBothWays } from './both-ways.ts';
import { corpusCaptures, corpusFrames } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { readBothWays } from './fuzz-captures.ts';
import { guidedFrames } from './fuzz-guided.ts';
import { guide } from './guide.ts';
import { Chance } from './random.ts';

const WORD = 'chat';

/** A function in which each letter of WORD, one after the other, opens the way to the next. */
function maze(url: string): (bytes: Uint8Array) => boolean {
  const walls = [...Buffer.from(WORD)].map((byte, at) => `if (bytes[${at}] === ${byte}) { depth++;`);
  const source = `let depth = 0; ${walls.join(' ')} ${'}'.repeat(WORD.length)} return depth === ${WORD.length};`;
  return compileFunction(source, ['bytes'], { filename: url }) as (bytes: Uint8Array) => boolean;
}

test('guided by coverage four bytes are found that chance alone does not find', () => {
  const inputs = 30_000;
  const found = { guided: 0, byChance: 0 };
  for (const kind of ['guided', 'byChance'] as const) {
    const walk = maze(`maze-${kind}.js`);
    const chance = new Chance(7);
    const pool: Uint8Array[] = [new Uint8Array(WORD.length)];
    const coverage = new Coverage((url) => url === 'maze-guided.js');
    guide({
      coverage,
      inputs,
      next: () => {
        const bytes = Uint8Array.from(chance.of(pool));
        bytes[chance.below(bytes.length)] = chance.below(256);
        return bytes;
      },
      run: (bytes) => {
        if (walk(bytes)) found[kind]++;
      },
      keep: (bytes) => pool.push(bytes),
    });
  }
  expect(found.guided).toBeGreaterThan(0);
  expect(found.byChance).toBe(0);
}, 600_000);

test('what it has found before is decoded and analysed the same in pieces, and all of it still counts', () => {
  for (const protocol of shippedProtocols().map((name) => loadProtocol(name)))
    for (const speaker of ['client', 'server'] as const)
      for (const frame of corpusFrames(protocol.name, speaker))
        for (let seed = 0; seed < 8; seed++) decodeBothWays(protocol, speaker, frame, new Chance(seed));
  const captures = corpusCaptures();
  expect(captures.length).toBeGreaterThan(2);
  captures.forEach((bytes, seed) => readBothWays(bytes, new Chance(seed)));
}, 600_000);

test('the corpus reaches blocks of every decoder that examples do not, and the loop finds no less', () => {
  // Another seed each day, named when something fails; `npm run soak -- fuzz-guided` goes on for long.
  for (const { protocol, speaker, reachedBySeeds, reached, found } of guidedFrames(
    64,
    Math.floor(Date.now() / 86_400_000),
  )) {
    expect(reached, `${protocol} ${speaker}`).toBeGreaterThan(reachedBySeeds);
    expect(found.length, `${protocol} ${speaker}`).toBeGreaterThan(0);
  }
}, 600_000);
