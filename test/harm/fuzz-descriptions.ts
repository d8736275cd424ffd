/**
 * Descriptions from strangers: those that come with the kit, with lines cut, repeated, moved and spoilt. Each becomes a
 * protocol or is refused with a KitError; nothing else.
 */
import { KitError } from '../../src/bytes/index.ts';
import { compileProtocol, findingsOf, readDescription, shippedProtocols } from '../../src/wire/index.ts';
import { Chance } from './random.ts';

/** What YAML, numbers and regular expressions are known to choke on. */
const SPOILT = [
  ...[
    '[',
    '{',
    '- - - -',
    '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[',
    '&a [*a, *a]',
    '*a',
    '!!js/function x',
    '<<: *a',
  ],
  ...[
    '-1',
    '0',
    '1',
    '255',
    '65536',
    '4294967296',
    '9007199254740993',
    '1e309',
    '.nan',
    '.inf',
    '0x7fffffff',
  ],
  ...[
    '~',
    'true',
    '""',
    '"\\u0000"',
    '__proto__',
    'constructor',
    'u8',
    'text',
    'repeat',
    'bytes',
    '2024-01-01',
  ],
  `"${'a'.repeat(50_000)}"`,
  `"${'(a+)+'.repeat(40)}!"`,
];
const MOST_HARMS = 3;

export interface DescriptionFigures {
  readonly descriptions: number;
  readonly accepted: number;
  readonly refused: number;
}

/** Throws when something does not hold, with the seed that shows it again. */
export function fuzzDescriptions(count: number, seed: number): DescriptionFigures {
  const texts = shippedProtocols().map((name) => readDescription(name).text);
  const figures = { descriptions: 0, accepted: 0, refused: 0 };
  for (let i = 0; i < count; i++) {
    const own = (seed + i) >>> 0;
    const chance = new Chance(own);
    const text = harmed(chance.of(texts), chance);
    figures.descriptions++;
    try {
      findingsOf(compileProtocol(text, 'hostile.yaml').description);
      figures.accepted++;
    } catch (error) {
      if (!(error instanceof KitError)) throw new Error(`description of seed ${own}`, { cause: error });
      figures.refused++;
    }
  }
  return figures;
}

function harmed(text: string, chance: Chance): string {
  const lines = text.split('\n');
  for (let harms = chance.below(MOST_HARMS) + 1; harms > 0; harms--) {
    const at = chance.below(lines.length);
    const line = lines[at] ?? '';
    switch (chance.below(5)) {
      case 0:
        lines.splice(at, 1 + chance.below(3));
        break;
      case 1:
        lines.splice(at, 0, ...lines.slice(at, at + 1 + chance.below(8)));
        break;
      case 2:
        lines.splice(chance.below(lines.length), 0, line);
        break;
      case 3:
        lines[at] = line.replace(/[^:\s-][^:]*$/, () => chance.of(SPOILT));
        break;
      default:
        lines[at] = `${' '.repeat(chance.below(12))}${line.trim()}`;
    }
  }
  return lines.join('\n');
}
